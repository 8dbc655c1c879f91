/** The one place that sets up libvips for this process: which formats it may open, no caches, no threads of its own. */
import sharp from 'sharp';

// Several images are decoded at once on libuv's threads; a pool per image would only make them fight.
sharp.concurrency(1);
// No image is decoded twice.
sharp.cache(false);
// An allow-list: everything libvips can load is off (SVG and PDF would run interpreters), then these are on.
// AVIF stays off because the size in its header does not bound what its decoder allocates.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadNsgifBuffer',
    'VipsForeignLoadTiffBuffer',
  ],
});

export { sharp };
