// Stands for modules that packages load at the start and the command never uses.
module.exports = class Nothing {};
