/** The element of a selector, which must be there, and of a class. */
export function find<E extends Element>(type: new () => E, selector: string, within: ParentNode = document): E {
  const found = within.querySelector(selector);
  if (found instanceof type) return found;
  throw new Error(`The page should have a ${type.name} "${selector}", but has ${found?.outerHTML ?? 'none'}.`);
}
