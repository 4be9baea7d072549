# Lines of results.tsv (what, A, B, goal, then the client's numbers) into rows of a markdown table; with goals=1 into rows of the README's, of
# those that have a goal.
function time_of(us) {
    if (us < 10) return sprintf("%.1f µs", us)
    if (us < 1000) return sprintf("%.0f µs", us)
    if (us < 1000000) return sprintf("%.2f ms", us / 1000)
    return sprintf("%.2f s", us / 1000000)
}
function kilobytes(bytes) { return bytes > 0 ? sprintf("%.1f", bytes / 1000) : "-" }
function processors(a, b) { return a > 0 ? sprintf("%s, %s", time_of(a), time_of(b)) : "-" }
function goal(bound) { return bound == "" || bound ~ /^>/ ? bound : "<= " bound }
goals && $4 != "" { printf "| %s | %s: %s | %s: %s | **%.2f** | %s |\n", $1, $2, time_of($7), $3, time_of($9), $11, goal($4) }
!goals {
    printf "| %s | %s | %s | %s | %s | %s | %s | **%.2f** | %.2f-%.2f | %s | %s | %s, %s |\n", $1, $2, $3, time_of($7), time_of($8), time_of($9),
        time_of($10), $11, $12, $13, goal($4), processors($16, $17), kilobytes($14), kilobytes($15)
}
