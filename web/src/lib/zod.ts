import { config } from "zod/mini";

// Before any schema: else zod tries new Function, which the content security
// policy forbids and reports.
config({ jitless: true });
