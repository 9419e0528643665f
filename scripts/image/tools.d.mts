/** Why no image can be built here; `isExcused`: whether CI may go on without one. Undefined when an image can be built. */
export function whyNoImage(): { readonly reason: string; readonly isExcused: boolean } | undefined;
