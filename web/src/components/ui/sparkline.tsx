interface SparklineProps {
  /** Read out instead of the picture. */
  label: string;
  values: readonly number[];
  width?: number;
  height?: number;
}

/** The course of a number without axes; the number itself stands beside it. */
export function Sparkline({ label, values, width = 96, height = 28 }: SparklineProps) {
  const max = Math.max(...values, 1);
  const step = values.length > 1 ? width / (values.length - 1) : width;
  const points = values.map(
    (value, i) => `${(i * step).toFixed(1)},${(height - 2 - (value / max) * (height - 4)).toFixed(1)}`,
  );
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      className="shrink-0 overflow-visible text-primary-ink"
    >
      {values.length > 1 && (
        <>
          <polygon points={`0,${height} ${points.join(" ")} ${width},${height}`} fill="currentColor" opacity={0.12} />
          <polyline
            points={points.join(" ")}
            fill="none"
            stroke="currentColor"
            strokeWidth={1.5}
            strokeLinejoin="round"
          />
        </>
      )}
    </svg>
  );
}
