/** Why no image can be built here; `offered`: whether apt could bring what is missing. Undefined when an image can be built. */
export function whyNoImage(): { readonly reason: string; readonly offered: boolean } | undefined;
