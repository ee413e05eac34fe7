# sq-console at TAB in fish. sq-console completion fish > ~/.config/fish/completions/sq-console.fish
function __sq_console_complete
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    $program complete-words fish -- $words[2..] (commandline -ct) </dev/null 2>/dev/null
end
complete -c sq-console -f -k -a '(__sq_console_complete)'
