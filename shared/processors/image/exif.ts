/** What a camera wrote into an image: who made it, when, and whether it says where. */
import readExif, { type Exif } from 'exif-reader';

export interface CameraNotes {
  readonly make: string | null;
  readonly model: string | null;
  readonly software: string | null;
  /** Local time of the camera, ISO 8601 without a zone. */
  readonly takenAt: string | null;
}

export interface ExifNotes {
  /** Null when there are none, or they cannot be read. */
  readonly camera: CameraNotes | null;
  /** Null when what may hold a place cannot be read. */
  readonly gps: boolean | null;
}

const TEXT_LENGTH = 100;
const PLACE = /^GPS(?:Dest)?(?:Lat|Long)itude$|^GPSAreaInformation$/;

const textOf = (value: unknown): string | null => {
  if (typeof value !== 'string') return null;
  const text = value.replace(/[\p{Cc}\p{Surrogate}]/gu, ' ').trim();
  return text === '' ? null : text.slice(0, TEXT_LENGTH);
};

const timeOf = (value: unknown): string | null =>
  value instanceof Date && !Number.isNaN(value.getTime())
    ? value.toISOString().replace(/\.000Z$/, '')
    : null;

/** Its types say that a group is there or not; a damaged one is null. */
const cameraOf = ({ Image, Photo }: Exif): CameraNotes | null => {
  const notes = {
    make: textOf(Image?.Make),
    model: textOf(Image?.Model),
    software: textOf(Image?.Software),
    takenAt: timeOf(Photo?.DateTimeOriginal ?? Image?.DateTime),
  };
  return Object.values(notes).some((note) => note !== null) ? notes : null;
};

/** Undefined when it cannot be read: damaged notes around sound pixels are no failure, but they are told of. */
const parse = (exif: Buffer): Exif | undefined => {
  try {
    const found = readExif(exif);
    // The groups of what it could not follow are null.
    return found.Image ? found : undefined;
  } catch {
    return undefined;
  }
};

/** From a block of EXIF, or a whole TIFF, and from XMP, which may hold a place too. */
export const exifNotes = (exif: Buffer | undefined, xmp: Buffer | undefined): ExifNotes => {
  const hasPlaceInXmp = xmp?.includes('GPSLatitude') ?? false;
  if (exif === undefined) return { camera: null, gps: hasPlaceInXmp };
  const found = parse(exif);
  if (found === undefined) return { camera: null, gps: hasPlaceInXmp || null };
  const { GPSInfo: place, Image } = found;
  const hasPlace = Object.keys(place ?? {}).some((key) => PLACE.test(key));
  const isLost = Image?.GPSTag !== undefined && !place;
  return { camera: cameraOf(found), gps: hasPlace || hasPlaceInXmp || (isLost ? null : false) };
};
