import * as z from "zod/mini";

// Before any schema: else zod tries new Function, which the content security
// policy forbids and reports. Schemas therefore take z from here.
z.config({ jitless: true });

export { z };
