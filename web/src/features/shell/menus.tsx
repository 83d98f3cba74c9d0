import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { CircleUser, LogOut, Megaphone, Plus, Settings, Upload, UserPlus } from "lucide-react";
import { messageOf } from "@/api/problem";
import { can, signOut } from "@/api/session";
import type { Me } from "@/api/types";
import { Menu, MenuChoice, MenuItem, MenuNote, MenuSeparator } from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";
import { setTheme, useTheme } from "@/lib/theme";
import { Alerts } from "./alerts";
import { PauseEverything } from "./pause";

/** What hangs from the header. Loaded after the first paint. */
export default function HeaderMenus({ who }: { who: Me }) {
  return (
    <>
      {!who.organization.paused_at && can(who, "pause-all") && <PauseEverything />}
      {can(who, "list-leads") && <QuickActions who={who} />}
      <Alerts who={who} />
      <ProfileMenu who={who} />
    </>
  );
}

function QuickActions({ who }: { who: Me }) {
  const router = useRouter();
  return (
    <Menu label="Quick actions" trigger={<Plus aria-hidden="true" className="size-5" />}>
      {can(who, "create-campaign") && (
        <MenuItem onClick={() => void router.navigate({ to: "/campaigns/new" })}>
          <Megaphone aria-hidden="true" className="size-4 text-quiet" /> New campaign
        </MenuItem>
      )}
      {can(who, "import-leads") && (
        <MenuItem onClick={() => void router.navigate({ to: "/leads/import" })}>
          <Upload aria-hidden="true" className="size-4 text-quiet" /> Import leads
        </MenuItem>
      )}
      <MenuItem onClick={() => void router.navigate({ to: "/leads" })}>
        <UserPlus aria-hidden="true" className="size-4 text-quiet" /> Find or add a lead
      </MenuItem>
    </Menu>
  );
}

function ProfileMenu({ who }: { who: Me }) {
  const theme = useTheme();
  const queries = useQueryClient();
  const router = useRouter();
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      await router.navigate({ to: "/signin" });
      queries.clear();
    },
    onError: (error) => toast(messageOf(error), { tone: "error" }),
  });
  return (
    <Menu label="Profile" trigger={<CircleUser aria-hidden="true" className="size-5" />}>
      <MenuNote>
        <p className="font-medium">{who.user?.name ?? "API key"}</p>
        <p className="text-xs text-quiet">{who.user?.email}</p>
        <p className="mt-1 text-xs text-quiet">{who.organization.name}</p>
      </MenuNote>
      <MenuSeparator />
      <MenuChoice
        label="Appearance"
        value={theme}
        onChange={setTheme}
        options={[
          { value: "system", label: "As the system" },
          { value: "light", label: "Light" },
          { value: "dark", label: "Dark" },
        ]}
      />
      <MenuSeparator />
      <MenuItem onClick={() => void router.navigate({ to: "/settings", search: { tab: "profile" } })}>
        <Settings aria-hidden="true" className="size-4 text-quiet" /> Your profile
      </MenuItem>
      <MenuItem onClick={() => leave.mutate()}>
        <LogOut aria-hidden="true" className="size-4 text-quiet" /> Sign out
      </MenuItem>
    </Menu>
  );
}
