/** What the page's bundle has in the place of node:timers/promises (build/page.ts): the event loop gets its turn. */
export const setImmediate = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
