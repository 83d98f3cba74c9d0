import { useQuery } from "@tanstack/react-query";
import { Check, Minus } from "lucide-react";
import { messageOf } from "@/api/problem";
import { ROLE_WORDS, ROLES, team } from "@/api/team";
import { Card } from "@/components/ui/card";
import { Failure, Skeleton } from "@/components/ui/state";
import { words } from "@/lib/format";

/** Who may do what, as the server enforces it. */
export function RoleMatrix() {
  const query = useQuery(team.roles);
  const rows = query.data?.operations.filter(({ public: open }) => !open) ?? [];
  return (
    <Card title="What each role may do">
      {query.isPending && <Skeleton lines={6} />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      <dl className="mb-4 grid gap-x-6 gap-y-2 md:grid-cols-2">
        {ROLES.map((role) => (
          <div key={role}>
            <dt className="font-medium">{ROLE_WORDS[role].name}</dt>
            <dd className="text-quiet">{ROLE_WORDS[role].may}.</dd>
          </div>
        ))}
      </dl>
      {query.data && (
        <details>
          <summary className="flex min-h-10 items-center rounded-lg font-medium text-primary-ink">
            All {rows.length} operations, one by one
          </summary>
          <section
            aria-label="Operations by role"
            className="relative mt-2 max-h-96 overflow-auto"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard
            tabIndex={0}
          >
            <table className="w-full border-collapse text-left">
              <caption className="sr-only">Operations by role</caption>
              <thead className="sticky top-0 bg-surface">
                <tr className="border-b border-line text-xs text-quiet">
                  <th scope="col" className="px-2 py-2 font-medium">
                    Operation
                  </th>
                  {ROLES.map((role) => (
                    <th key={role} scope="col" className="px-2 py-2 text-center font-medium">
                      {ROLE_WORDS[role].name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.operation} className="border-b border-line last:border-0">
                    <th scope="row" className="px-2 py-1.5 font-normal">
                      {words(row.operation.replaceAll("-", "_"))}
                    </th>
                    {ROLES.map((role) => (
                      <td key={role} className="px-2 py-1.5 text-center">
                        <Mark yes={row.roles.includes(role)} />
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </details>
      )}
    </Card>
  );
}

function Mark({ yes }: { yes: boolean }) {
  const Icon = yes ? Check : Minus;
  return (
    <>
      <Icon aria-hidden="true" className={`mx-auto size-4 ${yes ? "text-success-ink" : "text-quiet"}`} />
      <span className="sr-only">{yes ? "yes" : "no"}</span>
    </>
  );
}
