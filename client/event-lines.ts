/** Reads Server-Sent Events out of an answer, as the HTML standard says they are written. */

export interface HeardEvent {
  /** The last one that was told; empty when there was none. */
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Lines of a text that comes in pieces; what is behind the last line end waits for the next piece. */
const createLines = () => {
  let rest = '';
  return (piece: string): readonly string[] => {
    const text = rest + piece;
    // A CR at the very end may be the first half of a line end.
    const whole = text.endsWith('\r') ? text.slice(0, -1) : text;
    const lines = whole.split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? '') + text.slice(whole.length);
    return lines;
  };
};

/** Takes line by line; gives an event at the empty line behind it. */
const createBlock = () => {
  let id = '';
  let event = '';
  let data: string[] = [];
  return (line: string): HeardEvent | undefined => {
    if (line === '') {
      const heard = { id, event: event || 'message', data: data.join('\n') };
      const isTold = data.length > 0;
      event = '';
      data = [];
      return isTold ? heard : undefined;
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'id') id = value;
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
    return undefined;
  };
};

/**
 * @param onSign called for each piece that comes, comments too: the line is alive.
 * Ends when the answer does; rejects when the connection breaks. Who stops listening ends the answer.
 */
export async function* eventsIn(
  body: ReadableStream<Uint8Array>,
  onSign: () => void,
): AsyncGenerator<HeardEvent, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const linesOf = createLines();
  const heardIn = createBlock();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      onSign();
      for (const line of linesOf(decoder.decode(next.value, { stream: true }))) {
        const heard = heardIn(line);
        if (heard !== undefined) yield heard;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
