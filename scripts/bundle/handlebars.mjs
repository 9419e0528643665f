// Handlebars without its printer and its hooks for `require`.
import handlebars from 'handlebars/dist/cjs/handlebars.js';

export default handlebars.default;
