/** Variables that a shell itself uses: it evaluates or expands them, prompts with them, or finds programs by them. */
const specialVariables = new Set(
  (
    'PS0 PS1 PS2 PS3 PS4 PROMPT PROMPT2 PROMPT3 PROMPT4 RPROMPT RPROMPT2 RPS1 RPS2 SPROMPT PROMPT_COMMAND ENV BASH_ENV ' +
    'SHELLOPTS BASHOPTS BASH_LOADABLES_PATH BASH_ARGV0 BASH_COMPAT IFS PATH FPATH CDPATH ZDOTDIR MAIL MAILPATH RANDOM SRANDOM ' +
    'SECONDS OPTIND LINENO HISTCMD HISTSIZE HISTFILE HISTFILESIZE SAVEHIST TMOUT COLUMNS LINES ERRNO FUNCNEST LISTMAX ' +
    'LOGCHECK MAILCHECK KEYTIMEOUT DIRSTACKSIZE KSH_VERSION NULLCMD READNULLCMD POSTEDIT FCEDIT EDITOR VISUAL EXECIGNORE ' +
    'GLOBIGNORE PPID UID EUID GID EGID USERNAME SHLVL TRY_BLOCK_ERROR ' +
    'BASH_ALIASES BASH_CMDS MODULE_PATH'
  ).split(' '),
);

/** Tables of zsh. A value in them defines functions, aliases, commands or options. */
const zshTables = (
  'functions dis_functions aliases dis_aliases galiases dis_galiases saliases dis_saliases commands options builtins ' +
  'dis_builtins modules nameddirs userdirs dirstack parameters widgets keymaps'
).split(' ');

/** Whether a shell uses a variable itself, beyond storing it. */
export function isSpecialVariable(name: string): boolean {
  return zshTables.includes(name) || specialVariables.has(name.toUpperCase()) || /^LD_|^BASH_FUNC/.test(name);
}

/** Whether a name with this beginning could be such a variable. */
export function couldBecomeSpecial(prefix: string): boolean {
  const upper = prefix.toUpperCase();
  return (
    upper.startsWith('LD_') ||
    'LD_'.startsWith(upper) ||
    [...specialVariables].some((name) => name.startsWith(upper)) ||
    zshTables.some((name) => name.startsWith(prefix))
  );
}
