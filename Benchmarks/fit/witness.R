# Prints what R gives for a table, a line for each kind: its name, then numbers output by output, input by input.
#
# usage: Rscript witness.R TABLE.csv TARGET,TARGET RANK RESAMPLES
#
# standard errors      of lm, at full rank
# lower ends           of confint(lm)
# reduced rank         standard errors at RANK by the delta method: the derivative of the truncated singular value decomposition of the fitted values, taken
#                      numerically at the fit of that rank, applied to the covariance of least squares; no formula of Reinsel and Velu is used
# bootstrap            standard deviations of least squares over RESAMPLES resamples of the rows
words <- commandArgs(trailingOnly = TRUE)
targets <- strsplit(words[2], ",")[[1]]
rank <- as.integer(words[3])
resamples <- as.integer(words[4])
table <- read.csv(words[1], check.names = FALSE)
Y <- as.matrix(table[targets])
X <- as.matrix(table[setdiff(names(table), targets)])
say <- function(name, values) cat(name, format(as.vector(values), digits = 17), sep = "\t", fill = FALSE); end <- function() cat("\n")

models <- lapply(targets, function(target) lm(table[[target]] ~ X))
say("standard errors", sapply(models, function(m) summary(m)$coefficients[-1, 2])); end()
say("lower ends", sapply(models, function(m) confint(m)[-1, 1])); end()

# W: inputs x outputs, of centred columns.
Xc <- scale(X, scale = FALSE)
Yc <- scale(Y, scale = FALSE)
decomposition <- svd(Xc)
W <- qr.solve(Xc, Yc)
E <- Yc - Xc %*% W
covariance <- crossprod(E) / (nrow(X) - ncol(X) - 1)
back <- decomposition$v %*% diag(1 / decomposition$d)
# The fit of a rank as a function of the least-squares coefficients in orthonormal inputs.
truncated <- function(A) {
  s <- svd(A)
  s$u[, 1:rank, drop = FALSE] %*% diag(s$d[1:rank], rank) %*% t(s$v[, 1:rank, drop = FALSE])
}
A <- truncated(t(decomposition$u) %*% Yc)
h <- 1e-5 * max(abs(A))
J <- matrix(0, length(W), length(A))
for (k in seq_along(A)) {
  step <- replace(A * 0, k, h)
  J[, k] <- as.vector(back %*% (truncated(A + step) - truncated(A - step))) / (2 * h)
}
# The errors of A are independent between inputs, with this covariance between outputs.
variance <- diag(J %*% kronecker(covariance, diag(ncol(X))) %*% t(J))
say("reduced rank", sqrt(variance)); end()

set.seed(1)
m <- nrow(X)
draws <- replicate(resamples, {
  rows <- sample.int(m, m, replace = TRUE)
  as.vector(lm.fit(cbind(1, X[rows, ]), Y[rows, ])$coefficients |> matrix(ncol = length(targets)) |> (\(C) C[-1, ])())
})
say("bootstrap", apply(draws, 1, sd, na.rm = TRUE)); end()
