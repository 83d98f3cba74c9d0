import "@xyflow/react/dist/base.css";
import "./canvas.css";
import {
  Background,
  Controls,
  type Edge,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  useNodesState,
} from "@xyflow/react";
import { GitBranch, ListTodo, Mail, UserPlus } from "lucide-react";
import { useEffect } from "react";
import { cx } from "@/lib/cx";
import { delayWords, durationOf } from "@/lib/duration";
import { asRead } from "@/lib/merge";
import type { Faults, Sequence, StepDraft } from "./model";

const GAP = 130;

type StepNode = Node<{ step: StepDraft; index: number; wrong: boolean; last: boolean }, "step">;
type StartNode = Node<Record<string, never>, "start">;

function StepBox({ data: { step, index, wrong, last }, selected }: NodeProps<StepNode>) {
  const Icon = step.channel === "task" ? ListTodo : Mail;
  const first = step.variants[0];
  return (
    <div
      className={cx(
        "w-64 rounded-xl border bg-surface p-3 text-left text-sm text-ink shadow-light",
        selected ? "border-primary-ink ring-2 ring-primary-ink" : wrong ? "border-danger-ink" : "border-edge",
      )}
    >
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <p className="flex items-center gap-2 font-semibold">
        <Icon aria-hidden="true" className="size-4 text-quiet" /> {index + 1}.{" "}
        {step.channel === "task" ? "Task" : "Mail"}
        {step.when && <GitBranch aria-label="only for some people" className="size-4 text-quiet" />}
      </p>
      <p className="text-xs text-quiet">
        {delayWords(durationOf({ value: Number(step.delay.value) || 0, unit: step.delay.unit }))}
        {step.variants.length > 1 && ` · ${step.variants.length} versions`}
        {wrong && " · something to mend"}
      </p>
      <p className="mt-1 truncate">
        {asRead(first?.subject ?? "") || (first?.prompt ? "Written from its brief" : "No subject yet")}
      </p>
      {!last && <Handle type="source" position={Position.Bottom} isConnectable={false} />}
    </div>
  );
}

function StartBox() {
  return (
    <div className="flex w-64 items-center justify-center gap-2 rounded-full border border-edge bg-sunken p-2 text-sm font-medium text-ink">
      <UserPlus aria-hidden="true" className="size-4" /> A person joins
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  );
}

const nodeTypes = { step: StepBox, start: StartBox };

/** Where a person ends whose steps are all done. */
function nodesOf(sequence: Sequence, faults: Faults, selected: string | undefined): (StepNode | StartNode)[] {
  const wrong = (step: StepDraft) =>
    [step.key, ...step.variants.map(({ key }) => key)].some((key) =>
      [...faults.keys()].some((place) => place.startsWith(`${key}.`)),
    );
  return [
    {
      id: "start",
      type: "start",
      position: { x: 0, y: 0 },
      data: {},
      draggable: false,
      selectable: false,
      focusable: false,
    },
    ...sequence.map(
      (step, index): StepNode => ({
        id: step.key,
        type: "step",
        position: { x: 0, y: 80 + index * GAP },
        data: { step, index, wrong: wrong(step), last: index === sequence.length - 1 },
        selected: step.key === selected,
        ariaLabel: `Step ${index + 1}: ${asRead(step.variants[0]?.subject ?? "") || step.channel}`,
      }),
    ),
  ];
}

interface CanvasProps {
  sequence: Sequence;
  faults: Faults;
  selected: string | undefined;
  onSelect: (key: string | undefined) => void;
  /** A step was dropped at another place. */
  onMove: (from: number, to: number) => void;
  /** A new step was dropped. */
  onAdd: (channel: "email" | "task", at: number) => void;
  movable: boolean;
}

/** The sequence as a picture: steps are dragged to their place. The list does the same without a mouse. */
export default function Canvas({ sequence, faults, selected, onSelect, onMove, onAdd, movable }: CanvasProps) {
  const [nodes, setNodes, onNodesChange] = useNodesState<StepNode | StartNode>([]);
  useEffect(() => setNodes(nodesOf(sequence, faults, selected)), [sequence, faults, selected, setNodes]);
  const edges: Edge[] = sequence.map((step, i) => ({
    id: `to-${step.key}`,
    source: sequence[i - 1]?.key ?? "start",
    target: step.key,
    focusable: false,
  }));
  const placeOf = (y: number) => Math.max(0, Math.min(sequence.length - 1, Math.round((y - 80) / GAP)));
  return (
    <div className="h-[32rem] overflow-hidden rounded-xl border border-line bg-page">
      <ReactFlow
        aria-label="Sequence as a picture"
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        onNodesChange={onNodesChange}
        nodesDraggable={movable}
        nodesConnectable={false}
        edgesFocusable={false}
        deleteKeyCode={null}
        disableKeyboardA11y={false}
        onNodeClick={(_, node) => node.id !== "start" && onSelect(node.id)}
        onPaneClick={() => onSelect(undefined)}
        onSelectionChange={({ nodes: [only] }) => only && only.id !== selected && onSelect(only.id)}
        onNodeDragStop={(_, node) => {
          const from = sequence.findIndex(({ key }) => key === node.id);
          const to = placeOf(node.position.y);
          if (from >= 0 && to !== from) onMove(from, to);
          else setNodes(nodesOf(sequence, faults, selected));
        }}
        onDragOver={(event) => {
          event.preventDefault();
          event.dataTransfer.dropEffect = "copy";
        }}
        onDrop={(event) => {
          event.preventDefault();
          const channel = event.dataTransfer.getData("text/plain") === "task" ? "task" : "email";
          const boxes = [...event.currentTarget.querySelectorAll(".react-flow__node-step")];
          const above = boxes.filter((box) => {
            const { top, height } = box.getBoundingClientRect();
            return top + height / 2 < event.clientY;
          });
          onAdd(channel, above.length);
        }}
        fitView
        fitViewOptions={{ maxZoom: 1, padding: 0.1 }}
        minZoom={0.4}
        maxZoom={1.5}
        defaultEdgeOptions={{ type: "straight" }}
        nodeOrigin={[0.5, 0]}
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}
