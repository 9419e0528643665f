import { createObjectsMaker } from '../config-map/maker.js';
import { secretKind } from '../config-map/object-kind.js';

export const secretMaker = createObjectsMaker(secretKind);
