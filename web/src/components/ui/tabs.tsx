import { Tabs as Base } from "@base-ui/react/tabs";
import { type ReactNode, type RefObject, useLayoutEffect, useRef } from "react";

export interface Tab<T extends string> {
  value: T;
  label: ReactNode;
  content: ReactNode;
}

interface TabsProps<T extends string> {
  label: string;
  tabs: readonly Tab<T>[];
  value: T;
  onChange: (value: T) => void;
}

/** Scrolls the open tab into sight where there is no room for all. */
function useOpenTabInSight(box: RefObject<HTMLDivElement | null>, value: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another value opens another tab
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const show = () => {
      const tab = element.querySelector("[aria-selected=true]")?.getBoundingClientRect();
      const room = element.getBoundingClientRect();
      if (tab && (tab.left < room.left || tab.right > room.right))
        element.scrollLeft += tab.left - room.left - (room.width - tab.width) / 2;
    };
    show(); // before anything is painted, so that nothing moves
    const watch = new ResizeObserver(show);
    watch.observe(element);
    return () => watch.disconnect();
  }, [box, value]);
}

export function Tabs<T extends string>({ label, tabs, value, onChange }: TabsProps<T>) {
  const box = useRef<HTMLDivElement>(null);
  useOpenTabInSight(box, value);
  return (
    <Base.Root value={value} onValueChange={(next: T) => onChange(next)}>
      <div ref={box} className="-mx-1 mb-4 overflow-x-auto border-b border-line px-1">
        <Base.List aria-label={label} className="flex gap-1">
          {tabs.map((tab) => (
            <Base.Tab
              key={tab.value}
              value={tab.value}
              className="min-h-11 border-b-2 border-transparent px-2 font-medium md:px-3 whitespace-nowrap text-quiet hover:text-ink data-active:border-primary-ink data-active:text-primary-ink"
            >
              {tab.label}
            </Base.Tab>
          ))}
        </Base.List>
      </div>
      {tabs.map((tab) => (
        <Base.Panel key={tab.value} value={tab.value} className="outline-offset-4">
          {tab.content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
