import { FileUp } from "lucide-react";
import { useId, useState } from "react";
import { messageOf } from "@/api/problem";
import { Button, buttonClass } from "@/components/ui/button";
import { Check } from "@/components/ui/field";
import { Failure } from "@/components/ui/state";
import { cx } from "@/lib/cx";

interface UploadProps {
  onUpload: (file: File, updateExisting: boolean) => Promise<void>;
}

/** Step 1: a file, by dropping or choosing it. Nothing is imported yet. */
export function UploadStep({ onUpload }: UploadProps) {
  const [file, setFile] = useState<File>();
  const [update, setUpdate] = useState(true);
  const [over, setOver] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const failureId = useId();

  const send = async () => {
    if (!file || busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await onUpload(file, update);
    } catch (error) {
      setFailure(messageOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="flex flex-col gap-4">
      {failure && (
        <div id={failureId}>
          <Failure message={failure} />
        </div>
      )}
      <section
        className={cx(
          "flex flex-col items-center gap-3 rounded-xl border-2 border-dashed p-8 text-center",
          over ? "border-primary-ink bg-primary-wash" : "border-edge",
        )}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          setFile(event.dataTransfer.files[0] ?? file);
        }}
        aria-label="File to import"
      >
        <FileUp aria-hidden="true" className="size-8 text-quiet" strokeWidth={1.5} />
        <p className="font-medium">{file ? file.name : "Drop a CSV or Excel file here"}</p>
        <p className="text-quiet">
          {file ? size(file.size) : "Any headers, delimiter and encoding; up to a million rows"}
        </p>
        <label
          className={cx(
            buttonClass(),
            "cursor-pointer focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-primary-ink",
          )}
        >
          {file ? "Choose another file" : "Choose a file"}
          <input
            type="file"
            accept=".csv,.tsv,.txt,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            className="sr-only"
            aria-invalid={failure ? true : undefined}
            aria-describedby={failure ? failureId : undefined}
            onChange={(event) => {
              setFile(event.target.files?.[0] ?? file);
              setFailure(undefined);
            }}
          />
        </label>
      </section>
      <Check
        label="Update leads that are already here"
        hint="Empty fields are filled in and others replaced by the file. Without it known people are skipped."
        checked={update}
        onChange={(event) => setUpdate(event.target.checked)}
      />
      <div className="flex justify-end">
        <Button look="primary" disabled={!file} busy={busy} onClick={() => void send()}>
          Read the file
        </Button>
      </div>
    </div>
  );
}

function size(bytes: number): string {
  return bytes < 1 << 20 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / (1 << 20)).toFixed(1)} MB`;
}
