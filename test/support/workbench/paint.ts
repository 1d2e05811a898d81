import type { Locator } from 'playwright-core';

/** What `markNew` leaves on an element. */
const MARK = 'data-new-paint';
export const NEWLY_PAINTED = `[${MARK}]`;

/**
 * Marks the elements that show text in a paint that is not among the known ones: colour, size and weight of the letters, shadow, and what lies
 * behind them. By nothing else is it decided whether letters stand out enough, so what is painted alike has to be read once.
 *
 * @returns the paints that are new, one for each marked element or for several
 */
export async function markNew(root: Locator, known: readonly string[]): Promise<readonly string[]> {
  return root.evaluate(
    (element, { mark, seen }) => {
      const view = element.ownerDocument.defaultView;
      if (!view) throw new Error('the page is not shown');
      const behind = (from: typeof element): string[] => {
        const layers: string[] = [];
        for (let at: typeof from | null = from; at; at = at.parentElement) {
          const { backgroundColor, backgroundImage, opacity, filter } = view.getComputedStyle(at);
          const layer = [backgroundColor, backgroundImage, opacity, filter].join(' ');
          if (layer !== 'rgba(0, 0, 0, 0) none 1 none') layers.push(layer);
        }
        return layers;
      };
      const fresh = new Set<string>();
      for (const shown of element.querySelectorAll('body *')) {
        shown.removeAttribute(mark);
        const hasText = [...shown.childNodes].some(
          ({ nodeType, textContent }) => nodeType === 3 && textContent?.trim(),
        );
        if (!hasText && !shown.matches('input, select, textarea')) continue;
        const { color, fontSize, fontWeight, textShadow } = view.getComputedStyle(shown);
        const paint = [color, fontSize, fontWeight, textShadow, ...behind(shown)].join(' | ');
        if (seen.includes(paint) || fresh.has(paint)) continue;
        fresh.add(paint);
        shown.setAttribute(mark, '');
      }
      return [...fresh];
    },
    { mark: MARK, seen: known },
  );
}
