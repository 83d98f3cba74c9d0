import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { type Corrections, imports, isMoving, startImport } from "@/api/leads";
import { messageOf } from "@/api/problem";
import type { Import } from "@/api/types";
import { ButtonLink } from "@/components/ui/button";
import { Card, PageHeader } from "@/components/ui/card";
import { WizardSteps } from "@/components/ui/progress";
import { Failure, Skeleton } from "@/components/ui/state";
import { CheckStep } from "@/features/imports/check";
import { ColumnsStep } from "@/features/imports/columns";
import { ImportHistory, ResultStep, RunningStep } from "@/features/imports/result";
import { UploadStep } from "@/features/imports/upload";
import { mappingOf, STEPS, stepOf } from "@/features/imports/wizard";
import { useTitle } from "@/lib/title";

const route = getRouteApi("/app/leads/import");

export function ImportPage() {
  useTitle("Import leads");
  const { import: id, view = "columns", only } = route.useSearch();
  const navigate = route.useNavigate();
  // The browser holds the file between the steps; the server reads it anew each time.
  const [file, setFile] = useState<File>();
  const run = useQuery({ ...imports.one(id ?? ""), enabled: id !== undefined });

  // Cells written over; the file stays as it is, so they go with it each time.
  const [corrections, setCorrections] = useState<Corrections>({});
  // A second click is faster than the button that it disables.
  const underWay = useRef(false);
  const open = async (upload: File, options: Options) => {
    if (underWay.current) return;
    underWay.current = true;
    setFile(upload);
    try {
      const started = await startImport({ file: upload, corrections: upload === file ? corrections : {}, ...options });
      await navigate({ search: { import: started.id, view: options.mapping && options.dryRun ? "check" : undefined } });
    } finally {
      underWay.current = false;
    }
  };

  return (
    <>
      <PageHeader title="Import leads" actions={<ButtonLink to="/leads">All leads</ButtonLink>} />
      <Card>
        <WizardSteps label="Import steps" steps={STEPS} current={id ? stepOf(run.data, view) : 0} />
        {!id && (
          <UploadStep
            onUpload={(upload, updateExisting) => {
              setCorrections({});
              return open(upload, { dryRun: true, updateExisting });
            }}
          />
        )}
        {id && run.isPending && <Skeleton lines={5} />}
        {id && run.isError && <Failure message={messageOf(run.error)} onRetry={() => void run.refetch()} />}
        {id && run.data && (
          <Progressing
            key={run.data.id}
            run={run.data}
            file={file}
            corrections={corrections}
            onCorrect={(row, column, value) =>
              setCorrections((now) => ({ ...now, [row]: { ...now[row], [column]: value } }))
            }
            view={view}
            only={only}
            onView={(next) => void navigate({ search: { import: id, view: next } })}
            onOnly={(next) =>
              void navigate({ search: { import: id, view, only: next ? "problems" : undefined }, replace: true })
            }
            onOpen={open}
          />
        )}
      </Card>
      <div className="mt-6">
        <Card title="Earlier imports">
          <ImportHistory />
        </Card>
      </div>
    </>
  );
}

interface Options {
  mapping?: Record<string, string>;
  dryRun: boolean;
  updateExisting: boolean;
}

interface ProgressingProps {
  run: Import;
  file: File | undefined;
  corrections: Corrections;
  onCorrect: (row: number, column: string, value: string) => void;
  view: "columns" | "check";
  only: "problems" | undefined;
  onView: (view: "columns" | "check") => void;
  onOnly: (only: boolean) => void;
  onOpen: (file: File, options: Options) => Promise<void>;
}

function Progressing({ run, file, corrections, onCorrect, view, only, onView, onOnly, onOpen }: ProgressingProps) {
  const [edited, setEdited] = useState<Record<string, string>>();
  const mapping = edited ?? mappingOf(run.columns ?? []);
  const again = useMutation({
    mutationFn: (dryRun: boolean) =>
      file ? onOpen(file, { mapping, dryRun, updateExisting: run.update_existing }) : Promise.resolve(),
  });

  if (isMoving(run)) return <RunningStep run={run} />;
  if (!run.dry_run) return <ResultStep run={run} />;
  if (run.state === "failed") return <Failure message={run.error || "The file could not be read."} />;
  if (view === "check") {
    return (
      <CheckStep
        run={run}
        onlyProblems={only === "problems"}
        onOnlyProblems={onOnly}
        onBack={() => onView("columns")}
        onImport={file && (() => again.mutate(false))}
        onAgain={() => again.mutate(true)}
        corrections={corrections}
        onCorrect={onCorrect}
        failure={again.isError ? messageOf(again.error) : undefined}
        busy={again.isPending}
      />
    );
  }
  return (
    <ColumnsStep
      run={run}
      mapping={mapping}
      onMapping={setEdited}
      onReread={file && (() => again.mutate(true))}
      onContinue={() => onView("check")}
      failure={again.isError ? messageOf(again.error) : undefined}
      busy={again.isPending}
    />
  );
}
