# The same figures by R's own functions, or by the textbook where R has none: Rscript test/analytics/golden.R > test/analytics/golden.txt
# The series are formulas without chance, so that every language makes the same ones.
options(digits = 17)
say <- function(name, values) for (i in seq_along(values)) cat(sprintf("%s[%d] %.17g\n", name, i - 1, values[i]))

days <- 0:111
x <- 200 + 0.5 * days + 30 * sin(2 * pi * days / 7) + 3 * ((days * 7919) %% 13 - 6)
first_day <- 20003                       # a Monday, days since 1970-01-01
weekday <- (first_day + 3 + days) %% 7   # 0: Monday

# order statistics
say("quantile", quantile(x, c(0.025, 0.1, 0.5, 0.975), type = 7))
say("mad", mad(x, center = median(x)))

# Holt-Winters: HoltWinters() with the parameters and start fixed. It begins after the first season: a dummy week goes before.
start <- list(l = mean(x[1:7]), b = (mean(x[8:14]) - mean(x[1:7])) / 7)
for (kind in c("additive", "multiplicative")) {
    s <- if (kind == "additive") x[1:7] - start$l else x[1:7] / start$l
    fit <- HoltWinters(ts(c(rep(1, 7), x), frequency = 7), alpha = 0.3, beta = 0.05, gamma = 0.2, seasonal = kind,
                       l.start = start$l, b.start = start$b, s.start = s)
    say(paste0("holt_winters_", kind), predict(fit, 10))
    say(paste0("holt_winters_errors_", kind), sum(residuals(fit)[-(1:7)]^2))
    # damped (Gardner 1985; FPP3 8.3), which HoltWinters() has not
    level <- start$l; slope <- start$b; phi <- 0.9
    for (value in x) {
        ahead <- level + phi * slope; before <- level
        level <- 0.3 * (if (kind == "additive") value - s[1] else value / s[1]) + 0.7 * ahead
        slope <- 0.05 * (level - before) + 0.95 * phi * slope
        s <- c(s[-1], 0.2 * (if (kind == "additive") value - level else value / level) + 0.8 * s[1])
    }
    trend <- level + cumsum(phi^(1:10)) * slope
    say(paste0("damped_", kind), if (kind == "additive") trend + rep(s, 2)[1:10] else trend * rep(s, 2)[1:10])
}

# regressions: lm() and predict()
regressors <- function(at) data.frame(place = at, w = factor((first_day + 3 + at) %% 7, levels = 0:6),
    s1 = sin(2 * pi * (first_day + at) / 365.25), c1 = cos(2 * pi * (first_day + at) / 365.25),
    s2 = sin(4 * pi * (first_day + at) / 365.25), c2 = cos(4 * pi * (first_day + at) / 365.25))
say("regression", predict(lm(x ~ place + w, cbind(regressors(days), x = x)), regressors(112:121)))
say("regression_yearly", predict(lm(x ~ place + w + s1 + c1 + s2 + c2, cbind(regressors(days), x = x)), regressors(112:121)))

# seasons: filter() and t.test() for weekdays, lm() with sum contrasts for months
ratio <- x / as.numeric(stats::filter(x, rep(1 / 7, 7)))
by_day <- split(ratio[!is.na(ratio)], weekday[!is.na(ratio)])
all <- mean(sapply(by_day, mean))
say("weekday", sapply(by_day, mean) / all)
say("weekday_lower", sapply(by_day, function(r) t.test(r)$conf.int[1]) / all)
say("weekday_upper", sapply(by_day, function(r) t.test(r)$conf.int[2]) / all)
long <- 0:1095
dates <- as.Date(19358 + long, origin = "1970-01-01")   # 2023-01-01 to 2025-12-31
y <- 100 + 0.05 * long + 20 * sin(2 * pi * long / 365.25) + (long * 7919) %% 13
monthly <- aggregate(y, list(month = as.integer(format(dates, "%m")), year = format(dates, "%Y")), mean)
monthly$place <- seq_len(nrow(monthly)) - 1
fit <- lm(x ~ place + C(factor(month), sum), monthly)
effect <- cbind(0, 0, contr.sum(12))
error <- sqrt(rowSums((effect %*% vcov(fit)) * effect))
index <- 1 + effect %*% coef(fit) / mean(monthly$x)
say("month", index)
say("month_upper", index + qt(0.975, fit$df.residual) * error / mean(monthly$x))

# anomalies of days 0 to 89, with one planted: medians of the others, mad(), pt()
v <- x[1:90]; v[41] <- 600
season <- rep(0, 90)
others <- function(f) sapply(1:90, f)
for (round in 1:2) {
    trend <- others(function(i) { from <- min(max(i - 14, 1), 90 - 28); median((v - season)[setdiff(from:(from + 28), i)]) })
    rest <- v - trend
    season <- others(function(i) median(rest[setdiff(which((1:90) %% 7 == i %% 7), i)]))
}
score <- (v - trend - season) / mad(v - trend - season, center = 0)
say("anomaly_score_of_values", score[c(1, 41, 90)])
say("anomaly_p_of_values", 2 * pt(-abs(score[c(1, 41, 90)]), 83))

# pacing: the sum of 12 days after 40 by lm() on weekdays, without correlation of neighbours
spend <- data.frame(x = x[1:40], w = factor(weekday[1:40], levels = 0:6))
fit <- lm(x ~ w, spend)
new <- colSums(model.matrix(~w, data.frame(w = factor(weekday[41:52], levels = 0:6))))
say("pacing_sum", sum(new * coef(fit)))
say("pacing_variance", summary(fit)$sigma^2 * (12 + t(new) %*% summary(fit)$cov.unscaled %*% new))

# two variants
for (p in list(c(120, 2400, 151, 2380), c(5, 80, 11, 90))) {
    test <- prop.test(p[c(1, 3)], p[c(2, 4)], correct = FALSE)
    name <- paste0("proportions_", p[1])
    say(name, c(test$p.value, -test$conf.int[2], -test$conf.int[1]))
}
a <- x[1:28]; b <- x[41:75] * 1.05
test <- t.test(b, a)
say("welch", c(test$p.value, test$conf.int))
ratio_of <- function(above, below) {
    r <- sum(above) / sum(below); n <- length(above)
    c(r, sqrt(var(above - r * below) * n) / sum(below), n)   # the residuals' mean is 0
}
one <- ratio_of(a, 20 + (1:28) %% 5); other <- ratio_of(b, 20 + (1:35) %% 4)
error <- sqrt(one[2]^2 + other[2]^2)
freedom <- error^4 / (one[2]^4 / (one[3] - 1) + other[2]^4 / (other[3] - 1))
effect <- other[1] - one[1]
say("delta", c(2 * pt(-abs(effect) / error, freedom), effect - qt(0.975, freedom) * error, effect + qt(0.975, freedom) * error))
say("split", chisq.test(c(5210, 4890), p = c(0.5, 0.5))$p.value)
say("power", power.prop.test(n = 3000, p1 = 0.05, p2 = 0.06)$power)
say("trials", ((qnorm(0.975) * sqrt(2 * 0.055 * 0.945) + qnorm(0.8) * sqrt(0.05 * 0.95 + 0.06 * 0.94)) / 0.01)^2)
say("trials_of_r", power.prop.test(power = 0.8, p1 = 0.05, p2 = 0.06, tol = 1e-12)$n)
