/** `PerformanceResourceTiming`, and the navigation's, as fields of a resource. */
import { us, type Field } from '../encode.ts';
import { ResourceEvent as Fields, ResourceType } from '../fields.ts';

/** An entry; the second half of its fields is not known to TypeScript or not to every browser. */
export type Entry = Pick<PerformanceResourceTiming, 'name' | 'initiatorType' | 'startTime' | 'duration'> &
  Partial<PerformanceResourceTiming & { renderBlockingStatus: string; deliveryType: string; contentType: string }>;

/** In the order of `ResourceType`: who asked for it, or what its name ends with. What fits none is `Other`. */
const TYPES = [
  /^navigation /,
  /^xml/,
  /^beacon /,
  /^fetch /,
  /\.css$/i,
  /^script |\.m?js$/i,
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
  const { startTime, fetchStart, domainLookupStart, domainLookupEnd, connectStart, connectEnd, requestStart } = entry as Required<Entry>;
  const { redirectStart, redirectEnd, responseStart, responseEnd, secureConnectionStart, workerStart } = entry as Required<Entry>;
  // Out of order means that they are another origin's, which did not allow them to be read, or a browser's mistake.
  const isTold =
    inOrder(startTime, fetchStart, domainLookupStart, domainLookupEnd, connectStart, connectEnd, requestStart, responseStart, responseEnd) &&
    (redirectEnd <= startTime || inOrder(startTime, redirectStart, redirectEnd, fetchStart));
  const phase = (key: number, from: number, to: number, wasThere = true): Field => [
    key,
    isTold && wasThere && inOrder(startTime, from, to) ? [us(from - startTime)!, us(to - from)!] : undefined,
  ];
  const size = (key: number, bytes: number): Field => [key, startTime < responseStart ? bytes : undefined];
  const { renderBlockingStatus, contentType } = entry;
  return [
    [Fields.resourceType, typeOf(entry)],
    [Fields.durationUs, us(durationOf(entry))],
    size(Fields.decodedBodySize, entry.decodedBodySize!),
    size(Fields.encodedBodySize, entry.encodedBodySize!),
    size(Fields.transferSize, entry.transferSize!),
    [Fields.isRenderBlocking, renderBlockingStatus === undefined ? undefined : renderBlockingStatus === 'blocking'],
    [Fields.deliveryType, entry.deliveryType],
    [Fields.protocol, entry.nextHopProtocol || undefined],
    phase(Fields.redirect, redirectStart, redirectEnd, startTime < redirectEnd),
    phase(Fields.worker, workerStart, fetchStart, 0 < workerStart && workerStart < fetchStart),
    phase(Fields.dns, domainLookupStart, domainLookupEnd, fetchStart < domainLookupEnd),
    phase(Fields.connect, connectStart, connectEnd, fetchStart < connectEnd),
    phase(Fields.ssl, secureConnectionStart, connectEnd, fetchStart < connectEnd && connectStart <= secureConnectionStart),
    phase(Fields.firstByte, requestStart, responseStart),
    phase(Fields.download, responseStart, responseEnd),
    [Fields.responseHeaders, contentType ? [['content-type', contentType]] : undefined],
  ];
}

function inOrder(...times: number[]): boolean {
  return times.every((time, index) => !index || times[index - 1]! <= time);
}
