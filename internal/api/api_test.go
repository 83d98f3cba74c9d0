package api_test

import (
	"testing"

	"rainmaker/internal/api/apitest"
)

func TestSignupAndMe(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	r := c.Get("/auth/me").Want(200)
	t.Logf("%s", r.Body)
	r = c.Get("/organization").Want(200)
	t.Logf("%s %s", r.Header, r.Body)
	c.Post("/auth/login", apitest.M{"email": c.Email, "password": apitest.Password}).Want(200)
}
