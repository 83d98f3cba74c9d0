import { describe, expect, it, vi } from "vitest";
import { chunk, type Surroundings } from "./chunk";

const gone = new TypeError("Failed to fetch dynamically imported module");

function around(options: { away?: number; reloads?: boolean }): Surroundings & { pause: ReturnType<typeof vi.fn> } {
  let away = options.away ?? 0;
  return {
    reachable: () => Promise.resolve(away-- <= 0),
    pause: vi.fn(() => Promise.resolve()),
    reload: vi.fn(() => options.reloads ?? false),
  };
}

describe("chunk", () => {
  it("gives what it loads", async () => {
    await expect(chunk(() => Promise.resolve("menus"), around({}))()).resolves.toBe("menus");
  });

  it("waits while the server is away, and never reloads then", async () => {
    const web = around({ away: 3, reloads: true });
    const load = vi.fn<() => Promise<string>>().mockRejectedValue(gone);
    for (let i = 0; i < 3; i++) load.mockRejectedValueOnce(gone);
    load.mockResolvedValueOnce("menus");
    await expect(chunk(load, web)()).resolves.toBe("menus");
    expect(web.pause).toHaveBeenCalledTimes(3);
    expect(web.reload).not.toHaveBeenCalled();
  });

  it("brings the new release when a server in reach does not have the part", async () => {
    const web = around({ reloads: true });
    const settled = vi.fn();
    void chunk(() => Promise.reject(gone), web)().finally(settled);
    await vi.waitFor(() => expect(web.reload).toHaveBeenCalledOnce());
    expect(settled).not.toHaveBeenCalled();
  });

  it("shows the failure when a reload did not help", async () => {
    await expect(chunk(() => Promise.reject(gone), around({}))()).rejects.toBe(gone);
  });
});
