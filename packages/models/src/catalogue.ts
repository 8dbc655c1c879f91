/** The models labelmill knows by name. */
import { paperArchitecture, type VggArchitecture } from './vgg-table.ts';

export interface CatalogueEntry {
  readonly architecture: VggArchitecture;
  /** The shorter side of an image is resized to this before the central square of `inputSize` is cut out. */
  readonly resize: number;
  /** Ships with labelmill, trained. */
  readonly builtIn?: true;
}

/** 256 and 224 are the model zoo's and torchvision's preprocessing. */
const paper = (configuration: VggArchitecture['configuration'], batchNorm = false): CatalogueEntry => ({
  architecture: paperArchitecture(configuration, batchNorm),
  resize: 256,
});

export const catalogue: ReadonlyMap<string, CatalogueEntry> = new Map<string, CatalogueEntry>([
  ['vgg11', paper('A')],
  ['vgg11_lrn', paper('A-LRN')],
  ['vgg13', paper('B')],
  ['vgg16_c', paper('C')],
  ['vgg16', paper('D')],
  ['vgg19', paper('E')],
  ['vgg11_bn', paper('A', true)],
  ['vgg13_bn', paper('B', true)],
  ['vgg16_c_bn', paper('C', true)],
  ['vgg16_bn', paper('D', true)],
  ['vgg19_bn', paper('E', true)],
  [
    'vgg-mini',
    {
      architecture: {
        configuration: 'A',
        batchNorm: false,
        widthMultiplier: 0.25,
        inputSize: 64,
        fullyConnected: 512,
        classes: 200,
      },
      resize: 64,
      builtIn: true,
    },
  ],
]);

/** Those that `model init` makes: all that do not ship. */
export const initialisable: readonly string[] = [...catalogue]
  .filter(([, { builtIn }]) => builtIn !== true)
  .map(([name]) => name);
