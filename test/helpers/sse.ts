/** A reader of server-sent events: frames out of text, as the format's specification reads them. */
export interface SseFrame {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

/** The whole frames of a text; comments and retry fields are passed over. */
export function parseFrames(text: string): SseFrame[] {
  return text.split('\n\n').flatMap((block) => {
    const fields = new Map(
      block.split('\n').flatMap((line): [string, string][] => {
        const [, name, value] = /^(id|event|data): (.*)$/.exec(line) ?? [];
        return name === undefined ? [] : [[name, value!]];
      }),
    );
    const [event, data] = [fields.get('event'), fields.get('data')];
    return event === undefined || data === undefined ? [] : [{ id: fields.get('id'), event, data }];
  });
}
