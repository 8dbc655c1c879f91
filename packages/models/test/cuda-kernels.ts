/**
 * What the CUDA provider of ONNX Runtime 1.29 has kernels for, as far as VGG graphs use it: operator, opsets, types.
 * From docs/OperatorKernels.md of microsoft/onnxruntime, section CUDAExecutionProvider, and for the NHWC domain from
 * onnxruntime/core/providers/cuda/cuda_nhwc_kernels.cc. There `12+` lasts until ONNX changes the operator, so MaxPool
 * ends before opset 22. float64 is left out on purpose: nothing of ours may use it.
 */
export interface CudaKernel {
  readonly operator: string;
  readonly domain: '' | 'com.ms.internal.nhwc';
  /** First and last opset. */
  readonly opsets: readonly [number, number];
  /** Of the inputs that hold numbers of the network. */
  readonly types: readonly string[];
}

const floats = ['float16', 'float32'];
const nhwc = 'com.ms.internal.nhwc';

export const cudaKernels: readonly CudaKernel[] = [
  { operator: 'BatchNormalization', domain: '', opsets: [15, 24], types: floats },
  { operator: 'Cast', domain: '', opsets: [13, 18], types: ['uint8', ...floats] },
  { operator: 'Conv', domain: '', opsets: [11, 21], types: floats },
  { operator: 'Div', domain: '', opsets: [14, 24], types: floats },
  { operator: 'Flatten', domain: '', opsets: [13, 20], types: floats },
  { operator: 'Gemm', domain: '', opsets: [13, 24], types: floats },
  { operator: 'GlobalAveragePool', domain: '', opsets: [1, 21], types: floats },
  { operator: 'LRN', domain: '', opsets: [13, 24], types: floats },
  { operator: 'MaxPool', domain: '', opsets: [12, 21], types: floats },
  { operator: 'Relu', domain: '', opsets: [14, 24], types: floats },
  { operator: 'Softmax', domain: '', opsets: [13, 24], types: floats },
  { operator: 'Sub', domain: '', opsets: [14, 24], types: floats },
  { operator: 'TopK', domain: '', opsets: [11, 23], types: floats },
  { operator: 'Transpose', domain: '', opsets: [13, 20], types: ['uint8', ...floats] },
  { operator: 'Conv', domain: nhwc, opsets: [11, 21], types: floats },
  { operator: 'MaxPool', domain: nhwc, opsets: [12, 21], types: floats },
];
