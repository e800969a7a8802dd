/** What a header says of an image: stored pixels, before any rotation. */
export interface HeaderShape {
  readonly format: string;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}
