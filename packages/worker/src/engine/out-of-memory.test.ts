import { expect, it } from 'vitest';
import { isOutOfMemory } from './out-of-memory.ts';

it.each([
  // onnxruntime-node 1.29.0 on a CPU under `ulimit -v`
  "Non-zero status code returned while running Conv node. Name:'conv1_1.relu_nchwc' Status Message: /onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:359 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Failed to allocate memory for requested buffer of size 5242880000",
  // microsoft/onnxruntime#22702, on a T4
  "Non-zero status code returned while running Conv node. Name:'/patch_embed/Conv' Status Message: /onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:376 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*, bool, onnxruntime::WaitNotificationFn) Failed to allocate memory for requested buffer of size 2081488896",
  'BFCArena::AllocateRawInternal Available memory of 34699008 is smaller than requested bytes of 945041920',
  // hacksider/Deep-Live-Cam#584
  'CUDA failure 2: out of memory ; GPU=0 ; hostname=h ; file=cuda_stream_handle.cc ; line=175 ; expr=cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);',
  'CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0 ; expr=cublasCreate(&handle)',
  'std::bad_alloc',
])('%s is want of memory', (message) => {
  expect(isOutOfMemory(message)).toBe(true);
});

it.each([
  'Load model from model.onnx failed:Protobuf parsing failed.',
  'CUDA failure 999: unknown error ; GPU=0',
  'CUDNN failure 4000: CUDNN_STATUS_INTERNAL_ERROR',
  "Non-zero status code returned while running Conv node. Name:'conv1_1' Status Message: CUDA error cudaErrorIllegalAddress:an illegal memory access was encountered",
])('%s is not', (message) => {
  expect(isOutOfMemory(message)).toBe(false);
});
