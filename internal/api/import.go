package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/lead/intake"
	"rainmaker/internal/platform/errs"
)

const (
	// formOverhead is what a form may hold beside its file.
	formOverhead = 1 << 20
	// uploadTime bounds an upload: 256 MB over a line of 4 Mbit/s.
	uploadTime = 10 * time.Minute
)

// imports registers uploads of leads and their history.
func (a *API) imports(files *intake.Service) {
	h := importHandlers{api: a, intake: files}
	tags := []string{"Imports"}
	register(a, huma.Operation{
		OperationID: "import-leads", Method: http.MethodPost, Path: "/leads/import", DefaultStatus: http.StatusAccepted,
		Summary: "Import people from CSV or XLSX", Tags: tags,
		MaxBodyBytes: files.Limits.FileBytes + formOverhead, BodyReadTimeout: uploadTime, Metadata: timeout(uploadTime),
		Description: "The file is read through before the answer: what is wrong with it, or with the mapping, is said at once and changes nothing. " +
			"Then the import runs by itself; GET /imports/{id} tells how far it is.",
	}, h.begin)
	register(a, huma.Operation{
		OperationID: "list-imports", Method: http.MethodGet, Path: "/imports", Summary: "Imports, the newest first", Tags: tags,
	}, h.list)
	register(a, huma.Operation{
		OperationID: "show-import", Method: http.MethodGet, Path: "/imports/{id}", Summary: "One import", Tags: tags,
		Description: "rows_created, rows_updated, rows_skipped and rows_failed sum to rows_total when the import is done.",
	}, h.show)
	register(a, huma.Operation{
		OperationID: "import-errors", Method: http.MethodGet, Path: "/imports/{id}/errors.csv", Summary: "Why rows were not taken", Tags: tags,
		Metadata: timeout(exportTime), Responses: csvResponse("row, column, reason, raw row"),
	}, h.errors)
	register(a, huma.Operation{
		OperationID: "list-import-errors", Method: http.MethodGet, Path: "/imports/{id}/errors", Summary: "Why rows were not taken, row by row", Tags: tags,
		Description: "Mend cells, and send the file again with corrections.",
	}, h.listErrors)
	register(a, huma.Operation{
		OperationID: "undo-import", Method: http.MethodPost, Path: "/imports/{id}/undo", DefaultStatus: http.StatusAccepted,
		Summary: "Take back what an import created", Tags: tags, Metadata: timeout(5 * time.Minute),
		Description: "Leads that somebody edited, touched or enrolled since stay and are counted. Large imports are undone in the background: the state says when.",
	}, h.undo)
}

type importHandlers struct {
	api    *API
	intake *intake.Service
}

// ImportForm is the form of an upload.
type ImportForm struct {
	File           huma.FormFile `form:"file" required:"true" doc:"CSV in any dialect, or XLSX."`
	Mapping        string        `form:"mapping" required:"false" doc:"JSON object: column -> field, custom.<name> or skip. Columns that are left out are mapped by themselves."`
	DryRun         bool          `form:"dry_run" required:"false" doc:"Tell what would happen and change nothing."`
	UpdateExisting bool          `form:"update_existing" required:"false" doc:"Update people who are already there instead of skipping them."`
	Corrections    string        `form:"corrections" required:"false" doc:"JSON object: row number (as a spreadsheet counts) -> column -> the value to take instead. At most 1,000 rows."`
	Source         string        `form:"source" required:"false" maxLength:"200" doc:"Source of rows that name none."`
}

type importLeadsInput struct {
	RawBody huma.MultipartFormFiles[ImportForm]
}

func (h importHandlers) begin(ctx context.Context, in *importLeadsInput) (*bodyOf[intake.Import], error) {
	form := in.RawBody.Data()
	defer func() { _ = form.File.Close() }()
	defer func() { _ = in.RawBody.Form.RemoveAll() }() // spooled parts
	for name := range in.RawBody.Form.Value {
		switch name {
		case "mapping", "dry_run", "update_existing", "corrections", "source":
		default:
			return nil, errs.InvalidField("body."+name, "unknown field")
		}
	}
	mapping, err := intake.ParseMapping(json.RawMessage(form.Mapping))
	if err != nil {
		return nil, err
	}
	corrections, err := intake.ParseCorrections(form.Corrections)
	if err != nil {
		return nil, err
	}
	upload, size, err := h.intake.Store(form.File)
	if err != nil {
		return nil, err
	}
	imp, err := h.intake.Begin(ctx, From(ctx).Org, intake.Upload{
		ID: upload, FileName: form.File.Filename, FileBytes: size, Mapping: mapping, DryRun: form.DryRun,
		UpdateExisting: form.UpdateExisting, Corrections: corrections, Source: form.Source, CreatedBy: From(ctx).User,
	})
	if err != nil {
		return nil, err
	}
	return answer(imp), nil
}

func (h importHandlers) list(ctx context.Context, in *PageQuery) (*bodyOf[Page[intake.Import]], error) {
	items, next, err := h.intake.Imports(ctx, From(ctx).Org, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return page(items, next), nil
}

func (h importHandlers) show(ctx context.Context, in *IDPath) (*bodyOf[intake.Import], error) {
	imp, err := h.intake.FindImport(ctx, From(ctx).Org, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(imp), nil
}

type importErrorsInput struct {
	IDPath
	Outcome string `query:"outcome" enum:"failed,skipped,warning,all" default:"failed"`
}

func (h importHandlers) errors(ctx context.Context, in *importErrorsInput) (*huma.StreamResponse, error) {
	org := From(ctx).Org
	if err := h.intake.ImportExists(ctx, org, in.ID); err != nil {
		return nil, err
	}
	return h.api.stream("errors.csv", func(ctx context.Context, w io.Writer) error {
		if err := h.api.discloseRaw(ctx, "import-errors", "raw", in.ID); err != nil {
			return err
		}
		return h.intake.WriteErrors(ctx, org, in.ID, in.Outcome, w)
	}), nil
}

type listImportErrorsInput struct {
	IDPath
	PageQuery
	Outcome string `query:"outcome" enum:"failed,skipped,warning,all" default:"failed"`
}

func (h importHandlers) listErrors(ctx context.Context, in *listImportErrorsInput) (*bodyOf[Page[intake.RowError]], error) {
	after := -1
	if in.Cursor != "" {
		var err error
		if after, err = strconv.Atoi(in.Cursor); err != nil {
			return nil, errs.InvalidField("query.cursor", "not a cursor of this list")
		}
	}
	list, next, err := h.intake.Errors(ctx, From(ctx).Org, in.ID, in.Outcome, after, in.Limit)
	if err != nil {
		return nil, err
	}
	cursor := ""
	if next > 0 {
		cursor = strconv.Itoa(next)
	}
	return page(list, cursor), nil
}

func (h importHandlers) undo(ctx context.Context, in *IDPath) (*bodyOf[intake.Import], error) {
	imp, err := h.intake.Undo(ctx, From(ctx).Org, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(imp), nil
}
