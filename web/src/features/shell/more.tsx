import { useRouter } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { Menu, MenuItem } from "@/components/ui/menu";
import type { Place } from "./places";

/** The places that a small screen has no room for. */
export default function MoreMenu({ places, className }: { places: readonly Place[]; className: string }) {
  const router = useRouter();
  return (
    <Menu
      triggerClass={className}
      trigger={
        <>
          <Ellipsis aria-hidden="true" className="size-5" />
          <span>More</span>
        </>
      }
    >
      {places.map((place) => (
        <MenuItem key={place.to} onClick={() => void router.navigate({ to: place.to })}>
          <place.icon aria-hidden="true" className="size-4 text-quiet" /> {place.label}
        </MenuItem>
      ))}
    </Menu>
  );
}
