import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Bookmark, ChevronDown, Columns3, Pencil } from "lucide-react";
import { useState } from "react";
import { messageOf, Problem } from "@/api/problem";
import type { View } from "@/api/types";
import { createView, deleteView, updateView, views } from "@/api/views";
import { Button, IconButton } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Check, Field, Input } from "@/components/ui/field";
import { Menu, MenuCheck, MenuChoice } from "@/components/ui/menu";
import { Failure } from "@/components/ui/state";
import { toast } from "@/components/ui/toast";
import { COLUMNS, columnsOf, columnsText } from "./columns";
import { ALL, type Shown, searchOf } from "./shown";

interface ViewBarProps {
  /** The reader may have views. */
  mayKeep: boolean;
  known: readonly View[];
  view: View | undefined;
  shown: Shown;
  /** What is shown is not what the view keeps. */
  changed: boolean;
  onView: (id: string) => void;
  onColumns: (columns: string | undefined) => void;
}

const triggerClass =
  "inline-flex min-h-10 min-w-0 items-center gap-2 rounded-lg border border-edge bg-surface px-3 font-medium hover:bg-sunken";

/** Which view the list shows, and keeping what it shows under a name. */
export function ViewBar({ mayKeep, known, view, shown, changed, onView, onColumns }: ViewBarProps) {
  const [form, setForm] = useState<"new" | "edit">();
  const queries = useQueryClient();
  const renew = () => queries.invalidateQueries({ queryKey: views.key });
  const keep = useMutation({
    mutationFn: (mine: View) => updateView(mine.id, { search: searchOf(shown) }),
    onSuccess: async (kept) => {
      await renew();
      toast(`View “${kept.name}” keeps this now.`);
      onView(kept.id);
    },
    onError: (error) => toast(messageOf(error), { tone: "error" }),
  });
  return (
    <div className="mb-4 flex flex-wrap items-center gap-2">
      <Menu
        align="start"
        triggerClass={triggerClass}
        trigger={
          <>
            <span className="truncate">{`View: ${view?.name ?? "All leads"}`}</span>
            <ChevronDown aria-hidden="true" className="size-4 shrink-0 text-quiet" />
          </>
        }
      >
        <MenuChoice
          label="Views"
          closes
          value={view?.id ?? ALL}
          options={[
            { value: ALL, label: "All leads" },
            ...known.map(({ id, name, mine, shared }) => ({
              value: id,
              label: mine ? (shared ? `${name} (shared)` : name) : `${name} (of a colleague)`,
            })),
          ]}
          onChange={onView}
        />
      </Menu>
      {changed && <span className="text-quiet">changed</span>}
      {view?.mine && changed && (
        <Button busy={keep.isPending} onClick={() => keep.mutate(view)}>
          Update view
        </Button>
      )}
      {mayKeep && (
        <Button onClick={() => setForm("new")}>
          <Bookmark aria-hidden="true" className="size-4" /> Save view
        </Button>
      )}
      {view?.mine && (
        <IconButton label="Edit view" onClick={() => setForm("edit")}>
          <Pencil aria-hidden="true" className="size-4" />
        </IconButton>
      )}
      <div className="ml-auto max-md:hidden">
        <Menu
          triggerClass={triggerClass}
          trigger={
            <>
              <Columns3 aria-hidden="true" className="size-4" /> Columns
            </>
          }
        >
          <ColumnChecks value={shown.columns} onChange={onColumns} />
        </Menu>
      </div>
      <Dialog
        open={form !== undefined}
        onOpenChange={(open) => !open && setForm(undefined)}
        title={form === "edit" ? "Edit view" : "Save view"}
        description={form === "edit" ? undefined : "Keeps the filter, the order and the columns under a name."}
      >
        {form && (
          <ViewForm
            key={form}
            view={form === "edit" ? view : undefined}
            shown={shown}
            onCancel={() => setForm(undefined)}
            onDone={async (id) => {
              await renew();
              setForm(undefined);
              onView(id);
            }}
          />
        )}
      </Dialog>
    </div>
  );
}

function ColumnChecks({ value, onChange }: { value: string | undefined; onChange: ViewBarProps["onColumns"] }) {
  const chosen = columnsOf(value);
  return COLUMNS.map(({ id, label }) => (
    <MenuCheck
      key={id}
      checked={chosen.includes(id)}
      onChange={(on) => onChange(columnsText(on ? [...chosen, id] : chosen.filter((one) => one !== id)))}
    >
      {label}
    </MenuCheck>
  ));
}

interface ViewFormProps {
  view: View | undefined;
  shown: Shown;
  onCancel: () => void;
  /** The view to show then; ALL when it is deleted. */
  onDone: (id: string) => Promise<void>;
}

function ViewForm({ view, shown, onCancel, onDone }: ViewFormProps) {
  const [name, setName] = useState(view?.name ?? "");
  const [shared, setShared] = useState(view?.shared ?? false);
  const [first, setFirst] = useState(view?.default ?? false);
  const [error, setError] = useState<{ field?: string; whole?: string }>({});
  const show = (problem: unknown) => {
    const named =
      problem instanceof Problem &&
      (problem.status === 409 || problem.fields.some(({ location }) => location === "body.name"));
    setError(named ? { field: messageOf(problem) } : { whole: messageOf(problem) });
  };
  const save = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), shared, default: first };
      return view ? updateView(view.id, body) : createView({ ...body, search: searchOf(shown) });
    },
    onSuccess: async (kept) => {
      toast(view ? `View “${kept.name}” changed.` : `View “${kept.name}” saved.`);
      await onDone(kept.id);
    },
    onError: show,
  });
  const remove = useMutation({
    mutationFn: (gone: View) => deleteView(gone.id),
    onSuccess: async (_, { name: old, search, shared: wasShared, default: wasFirst }) => {
      toast(`View “${old}” deleted.`, {
        undo: () => {
          createView({ name: old, search, shared: wasShared, default: wasFirst }).then(
            ({ id }) => onDone(id),
            (problem: unknown) => toast(messageOf(problem), { tone: "error" }),
          );
        },
      });
      await onDone(ALL);
    },
    onError: show,
  });
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() === "") setError({ field: "Give the view a name." });
        else if (!save.isPending) save.mutate();
      }}
    >
      {error.whole && <Failure message={error.whole} />}
      <Field label="Name" error={error.field}>
        <Input autoFocus maxLength={80} value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Check
        label="Share with the team"
        hint="Everybody sees it; only you can change it."
        checked={shared}
        onChange={(event) => setShared(event.target.checked)}
      />
      <Check
        label="Open the list with this view"
        checked={first}
        onChange={(event) => setFirst(event.target.checked)}
      />
      <div className="flex flex-wrap justify-end gap-2">
        {view && (
          <Button className="mr-auto" busy={remove.isPending} onClick={() => remove.mutate(view)}>
            Delete view
          </Button>
        )}
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" busy={save.isPending}>
          Save
        </Button>
      </div>
    </form>
  );
}
