export type Range = [from: number, to: number];

/** Ranges that one report may have. */
const RANGES_MAX = 100;

/** The ranges of a video that were watched, in seconds. */
export class WatchedRanges {
  private readonly ranges: Range[] = [];
  private isOpen = false;

  /** Extends the last range to where the video is now. */
  pass(at: number): void {
    const last = this.ranges.at(-1);
    if (this.isOpen && last && at >= last[1]) last[1] = at;
    else this.ranges.push([at, at]);
    this.isOpen = true;
  }

  /** Begins another range with the next position. */
  jump(): void {
    this.isOpen = false;
  }

  /** Returns the latest ranges that are not empty. */
  latest(): Range[] {
    return this.ranges.filter(([from, to]) => to > from).slice(-RANGES_MAX);
  }
}
