/**
 * How ONNX Runtime says that memory does not suffice: its arena (on the host and on CUDA), the CUDA runtime, cuBLAS and
 * cuDNN, and C++. There is no code for it, only text.
 */
const texts =
  /failed to allocate memory|smaller than requested bytes|out of memory|_ALLOC_FAILED|bad_alloc|bad allocation/i;

export function isOutOfMemory(message: string): boolean {
  return texts.test(message);
}
