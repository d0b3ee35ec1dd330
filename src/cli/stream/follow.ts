/** Writes a feed to one reader as fast as that reader takes it, and no faster. */
import type { Writable } from 'node:stream';
import { jsonLine } from '../../show/ndjson.ts';
import type { Entry, Feed } from './feed.ts';

/** One line as it goes over the wire; the line that tells of a gap has no id. */
export type Frame = (line: Pick<Entry, 'type' | 'text'> & { readonly id?: string }) => string;

/**
 * Sends every line after `place`, then those to come, and ends the stream after the last one. While the reader's buffer is
 * full nothing is written and nothing is queued: the history goes on without it.
 */
export function follow(feed: Feed, place: number, to: Writable, frame: Frame): void {
  let sent = place;
  let full = false;
  const write = (text: string): void => {
    if (!to.write(text)) full = true;
  };
  const send = (): void => {
    while (!full && !to.destroyed) {
      const entry = feed.after(sent);
      if (!entry) break;
      const lost = entry.number - sent - 1;
      if (lost > 0) write(frame({ type: 'gap', text: jsonLine({ type: 'gap', lost }) }));
      write(frame(entry));
      sent = entry.number;
    }
    if (feed.ended && feed.after(sent) === undefined && !to.writableEnded) to.end();
  };
  const stop = feed.onNews(send);
  to.on('drain', () => {
    full = false;
    send();
  });
  to.on('close', stop);
  // whoever goes away in the middle of a line is no failure of the run
  to.on('error', stop);
  send();
}
