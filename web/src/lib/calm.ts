import { useIsFetching } from "@tanstack/react-query";
import { useRouterState } from "@tanstack/react-router";
import { useEffect, useState } from "react";

const BREATH_MS = 50; // between one answer and the next question
const LATEST_MS = 1500; // a page that never stops asking has its menus, too

let reached = false;

/**
 * Whether the first page has what it asked for: then comes what is heavy and not
 * read, such as menus. Once it is calm it stays so, whatever is asked later.
 */
export function useCalm(): boolean {
  const coming = useRouterState({ select: ({ isLoading }) => isLoading });
  const asking = useIsFetching() > 0 || coming;
  const [calm, setCalm] = useState(reached);
  useEffect(() => {
    if (calm) return;
    const timer = setTimeout(
      () => {
        reached = true;
        setCalm(true);
      },
      asking ? LATEST_MS : BREATH_MS,
    );
    return () => clearTimeout(timer);
  }, [calm, asking]);
  return calm;
}
