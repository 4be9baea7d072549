# Lines of results.tsv (what, A, B, goal, then the client's numbers) into rows of a markdown table.
function time_of(us) {
    if (us < 1000) return sprintf("%.0f µs", us)
    if (us < 1000000) return sprintf("%.2f ms", us / 1000)
    return sprintf("%.2f s", us / 1000000)
}
function kilobytes(bytes) { return bytes > 0 ? sprintf("%.1f", bytes / 1000) : "-" }
function processors(a, b) { return a > 0 ? sprintf("%s, %s", time_of(a), time_of(b)) : "-" }
{
    printf "| %s | %s | %s | %s | %s | %s | %s | **%.2f** | %.2f-%.2f | %s | %s | %s, %s |\n", $1, $2, $3, time_of($7), time_of($8), time_of($9),
        time_of($10), $11, $12, $13, $4 == "" ? "" : "<= " $4, processors($16, $17), kilobytes($14), kilobytes($15)
}
