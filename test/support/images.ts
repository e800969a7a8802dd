/** Writes small images of simple formats byte by byte, so that tests can make sound ones and broken ones. */
import { crc32 } from 'node:zlib';

const field = (bytes: number, value: number): Buffer => {
  const written = Buffer.alloc(bytes);
  written.writeIntLE(value, 0, bytes);
  return written;
};

export interface Bitmap {
  readonly width: number;
  /** Negative for one whose first row is the top one. */
  readonly height: number;
  readonly compression?: number;
  readonly colours?: number;
  readonly pixels?: Buffer;
}

/** An 8-bit Windows bitmap with two colours. */
export const bitmap = ({ width, height, compression = 0, colours = 2, pixels }: Bitmap): Buffer => {
  const rows = pixels ?? Buffer.alloc(Math.ceil(width / 4) * 4 * Math.abs(height));
  const palette = Buffer.from([0, 0, 0, 0, 255, 255, 255, 0]);
  const header = Buffer.concat([
    ...[40, width, height].map((value) => field(4, value)),
    field(2, 1),
    field(2, 8),
    ...[compression, rows.length, 0, 0, colours, 0].map((value) => field(4, value)),
  ]);
  const pixelsAt = 14 + header.length + palette.length;
  return Buffer.concat([
    Buffer.from('BM'),
    ...[pixelsAt + rows.length, 0, pixelsAt].map((value) => field(4, value)),
    header,
    palette,
    rows,
  ]);
};

/** An icon of pictures with these sides; 256 is written as 0. */
export const icon = (...sides: readonly number[]): Buffer => {
  const picture = Buffer.alloc(64);
  const entries = sides.map((side, index) =>
    Buffer.concat([
      Buffer.from([side % 256, side % 256, 0, 0]),
      field(2, 1),
      field(2, 32),
      field(4, picture.length),
      field(4, 6 + sides.length * 16 + index * picture.length),
    ]),
  );
  const pictures = sides.map(() => picture);
  return Buffer.concat([Buffer.from([0, 0, 1, 0, sides.length, 0]), ...entries, ...pictures]);
};

/** A Photoshop document with so many layers and no pixels. */
export const photoshop = (width: number, height: number, layers: number): Buffer => {
  const header = Buffer.alloc(26);
  header.write('8BPS');
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(3, 12);
  header.writeUInt32BE(height, 14);
  header.writeUInt32BE(width, 18);
  const sections = Buffer.alloc(4 + 4 + 4 + 4 + 2);
  sections.writeUInt32BE(6, 8);
  sections.writeUInt32BE(2, 12);
  sections.writeInt16BE(-layers, 16);
  return Buffer.concat([header, sections, Buffer.alloc(64)]);
};

/** 64 by 64 pixels of one colour, encoded by x265. */
export const HEIC = Buffer.from(
  'AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAVZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABegABAAAAAAAAABcAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA1mlwcnAAAAC3aXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqSSmubgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHBcrAiQAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgQIDBAAAAB9tZGF0AAAAEygBrwUY/Tslqr/7hW9SbDG4Sjk=',
  'base64',
);

/** A PNG that only claims its size. */
export const claimingPng = (width: number, height: number): Buffer => {
  const chunk = (type: string, body: Buffer): Buffer => {
    const typed = Buffer.concat([Buffer.from(type), body]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(body.length, 0);
    frame.writeUInt32BE(crc32(typed), 4);
    return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', Buffer.from('789c030000000001', 'hex')),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};

/** A GIF whose frames hold a single pixel of what they claim. */
export const claimingGif = (width: number, height: number, moves: boolean): Buffer => {
  const canvas = Buffer.from('GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1');
  const frame = Buffer.from('2c0000000000000000000202440100', 'hex');
  for (const [bytes, at] of [
    [canvas, 6],
    [frame, 5],
  ] as const) {
    bytes.writeUInt16LE(width, at);
    bytes.writeUInt16LE(height, at + 2);
  }
  return Buffer.concat([canvas, ...(moves ? [frame, frame] : [frame]), Buffer.from(';')]);
};
