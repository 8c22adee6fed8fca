import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type QrImage, qrImage, sharpWidth } from './qr-image';

/** CSS pixels: large enough for a phone at arm's length. */
const WANTED_WIDTH = 232;

/** Dark on white in every theme, with its quiet zone: cameras need that. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }): VNode {
  const [image, setImage] = useState<QrImage | 'too-long' | undefined>(undefined);
  useEffect(() => {
    let isWanted = true;
    // Loaded when it is needed: most people copy.
    void import('qrcode').then(({ create }) => {
      if (isWanted) setImage(imageOf(text, create));
    });
    return () => {
      isWanted = false;
    };
  }, [text]);
  if (image === 'too-long') return <p class="share-note">This link is too long for a QR code; copy it instead.</p>;
  if (image === undefined) return <div class="qr-code" style={{ width: `${WANTED_WIDTH}px`, height: `${WANTED_WIDTH}px` }} />;
  const width = sharpWidth(image, WANTED_WIDTH);
  return (
    <svg
      class="qr-code"
      role="img"
      aria-label={label}
      width={width}
      height={width}
      viewBox={`0 0 ${image.size} ${image.size}`}
      shape-rendering="crispEdges"
    >
      <path d={image.path} />
    </svg>
  );
}

type Create = typeof import('qrcode')['create'];

function imageOf(text: string, create: Create): QrImage | 'too-long' {
  try {
    return qrImage(create(text, { errorCorrectionLevel: 'M' }).modules);
  } catch (error) {
    // The one reason that there is: more than fits into the largest code.
    console.info('No QR code can be made.', error);
    return 'too-long';
  }
}
