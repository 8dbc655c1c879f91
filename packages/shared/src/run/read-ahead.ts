/** The same values; while one is used, the next is being made. Closes `values` when the reader ends. */
export async function* readAhead<T>(values: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    let next = values.next();
    for (;;) {
      const { value, done } = await next;
      if (done) return;
      next = values.next();
      // It is awaited above; a reader that ends before has no use for its failure.
      next.catch(() => {});
      yield value;
    }
  } finally {
    await values.return(undefined);
  }
}
