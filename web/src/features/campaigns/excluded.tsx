import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { campaigns } from "@/api/campaigns";
import { messageOf } from "@/api/problem";
import type { Campaign } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Failure, Skeleton } from "@/components/ui/state";

interface PeopleProps {
  campaign: Campaign;
  rule: string;
  title: string;
  onClose: () => void;
}

/** The people of the audience of whom the gate says one thing. */
export default function PeopleByRule({ campaign, rule, title, onClose }: PeopleProps) {
  const query = useInfiniteQuery(campaigns.audience(campaign.id, campaign.version, rule));
  const people = query.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={title}
      description="People of this audience, as the launch check sees them now."
    >
      {query.isPending && <Skeleton lines={5} />}
      {query.isError && <Failure message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      <ul aria-label={title} className="flex flex-col divide-y divide-line">
        {people.map(({ lead_id, name, company, title: role }) => (
          <li key={lead_id} className="py-2">
            <Link
              to="/leads"
              search={{ lead: lead_id, tab: "compliance" }}
              className="inline-block min-h-6 font-medium text-primary-ink hover:underline"
            >
              {name || "Unnamed lead"}
            </Link>
            {(role || company) && <p className="text-quiet">{[role, company].filter(Boolean).join(", ")}</p>}
          </li>
        ))}
      </ul>
      {query.data && people.length === 0 && !query.hasNextPage && <p className="text-quiet">Nobody any more.</p>}
      {query.hasNextPage && (
        <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show more
        </Button>
      )}
    </Dialog>
  );
}
