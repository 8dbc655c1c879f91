/** The declared type and shape of a graph's input or output. */
import { TensorProto_DataType as DataType, type ValueInfoProto } from 'onnx-buf';

export interface ValueShape {
  readonly name: string;
  readonly type: DataType;
  /** Null where a dimension is left open; undefined where not even their number is known. */
  readonly dims: readonly (number | null)[] | undefined;
}

export function valueShape({ name, type }: ValueInfoProto): ValueShape {
  if (type?.value.case !== 'tensorType') return { name, type: DataType.UNDEFINED, dims: undefined };
  const { elemType, shape } = type.value.value;
  const dims = shape?.dim.map(({ value }) =>
    value.case === 'dimValue' && value.value > 0n ? Number(value.value) : null,
  );
  return { name, type: elemType, dims };
}

/** For messages: `data FLOAT [1, ?, 224, 224]`. */
export function shapeTitle({ name, type, dims }: ValueShape): string {
  const shape = dims === undefined ? 'of unknown shape' : `[${dims.map((side) => side ?? '?').join(', ')}]`;
  return `${name} ${DataType[type] ?? type} ${shape}`;
}
