/** `PerformanceResourceTiming`, and the navigation's, as fields of a resource. */
import { us, type Field } from '../encode.ts';
import { ResourceEvent as Fields, ResourceType } from '../fields.ts';

/** An entry; the second half of its fields is not known to TypeScript or not to every browser. */
export type Entry = Pick<PerformanceResourceTiming, 'name' | 'initiatorType' | 'startTime' | 'duration'> &
  Partial<PerformanceResourceTiming & { renderBlockingStatus: string; deliveryType: string; contentType: string }>;

/** In the order of `ResourceType`: who asked for it, or what its name ends with. What fits none is `Other`. */
const TYPES = [
  /^nav/,
  /^xml/,
  /^bea/,
  /^fet/,
  /\.css$/i,
  /^scr|\.m?js$/i,
  /^(image|img|icon) |\.(gif|jpe?g|tiff|png|svg|ico|webp|avif)$/i,
  /\.(woff2?|eot|[ot]tf)$/i,
  /^(audio|video) |\.(mp[34]|webm)$/i,
];

/** The type of a resource. */
export function typeOf({ initiatorType, name }: Entry): ResourceType {
  const asked = `${initiatorType} ${name.split(/[?#]/)[0]}`;
  const index = TYPES.findIndex((type) => type.test(asked));
  return index < 0 ? ResourceType.Other : index;
}

/** How long it took: a navigation's own duration is that of the page load, and Safari has 0 for other origins. */
export function durationOf({ duration, initiatorType, responseEnd = 0, startTime }: Entry): number {
  return initiatorType === 'navigation' || (!duration && startTime < responseEnd) ? responseEnd - startTime : duration;
}

/** Type, sizes, phases and the like; nothing is told that the browser keeps from the page. */
export function timingFields(entry: Entry): Field[] {
  const { startTime, connectEnd, fetchStart, responseStart, renderBlockingStatus, contentType, workerStart = 0 } = entry;
  // Times that are kept from the page are 0, and so come before the start. What took no time did not happen (the
  // connection was there), but an answer there always is.
  const phase = (key: number, from = -1, to = -1): Field => [
    key,
    startTime <= from && (from < to || (from === to && key >= Fields.firstByte)) ? [us(from - startTime)!, us(to - from)!] : undefined,
  ];
  const sizes = responseStart! > startTime ? entry : ({} as Entry);
  return [
    [Fields.resourceType, typeOf(entry)],
    [Fields.durationUs, us(durationOf(entry))],
    [Fields.decodedBodySize, sizes.decodedBodySize],
    [Fields.encodedBodySize, sizes.encodedBodySize],
    [Fields.transferSize, sizes.transferSize],
    [Fields.isRenderBlocking, renderBlockingStatus === undefined ? undefined : renderBlockingStatus === 'blocking'],
    [Fields.deliveryType, entry.deliveryType],
    [Fields.protocol, entry.nextHopProtocol || undefined],
    phase(Fields.redirect, entry.redirectStart, entry.redirectEnd),
    phase(Fields.dns, entry.domainLookupStart, entry.domainLookupEnd),
    phase(Fields.connect, entry.connectStart, connectEnd),
    phase(Fields.ssl, entry.secureConnectionStart || -1, connectEnd),
    phase(Fields.worker, workerStart || -1, fetchStart),
    phase(Fields.firstByte, entry.requestStart, responseStart),
    phase(Fields.download, responseStart, entry.responseEnd),
    [Fields.responseHeaders, contentType ? [['content-type', contentType]] : undefined],
  ];
}
