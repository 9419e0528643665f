/** Variables that a shell evaluates, expands, prompts or finds programs by. */
const meant = new Set(
  (
    'PS0 PS1 PS2 PS3 PS4 PROMPT PROMPT2 PROMPT3 PROMPT4 RPROMPT RPROMPT2 RPS1 RPS2 SPROMPT PROMPT_COMMAND ENV BASH_ENV ' +
    'SHELLOPTS BASHOPTS BASH_LOADABLES_PATH BASH_ARGV0 BASH_COMPAT IFS PATH FPATH CDPATH ZDOTDIR MAIL MAILPATH RANDOM SRANDOM ' +
    'SECONDS OPTIND LINENO HISTCMD HISTSIZE HISTFILE HISTFILESIZE SAVEHIST TMOUT COLUMNS LINES ERRNO FUNCNEST LISTMAX ' +
    'LOGCHECK MAILCHECK KEYTIMEOUT DIRSTACKSIZE KSH_VERSION NULLCMD READNULLCMD POSTEDIT FCEDIT EDITOR VISUAL EXECIGNORE ' +
    'GLOBIGNORE PPID UID EUID GID EGID USERNAME SHLVL TRY_BLOCK_ERROR ' +
    'BASH_ALIASES BASH_CMDS MODULE_PATH'
  ).split(' '),
);

/** Tables of zsh: what is written into them defines functions, aliases, commands and options. */
const tables = (
  'functions dis_functions aliases dis_aliases galiases dis_galiases saliases dis_saliases commands options builtins ' +
  'dis_builtins modules nameddirs userdirs dirstack parameters widgets keymaps'
).split(' ');

/** Whether a shell does more with a variable than to keep it. */
export function isMeant(name: string): boolean {
  return meant.has(name) || tables.includes(name) || meant.has(name.toUpperCase()) || /^LD_|^BASH_FUNC/.test(name);
}

/** Whether a name that begins so could be one of them. */
export function couldBecomeMeant(prefix: string): boolean {
  const upper = prefix.toUpperCase();
  return (
    upper.startsWith('LD_') ||
    'LD_'.startsWith(upper) ||
    [...meant].some((name) => name.startsWith(upper)) ||
    tables.some((name) => name.startsWith(prefix))
  );
}
