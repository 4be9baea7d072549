// Ordinary least squares with what intervals need.
#pragma once

#include "core/analytics/statistics.hpp"

#include "core/seal.hpp"

namespace roi::core::analytics {

// Rows of equal length. y = X b + e by Householder QR, as R's lm().
class LeastSquares {
public:
    LeastSquares(const std::vector<Numbers> &rows, const Numbers &values);

    bool is_full_rank() const { return is_full_rank_; } // else nothing below means anything
    const Numbers &coefficients() const { return coefficients_; }
    const Numbers &residuals() const { return residuals_; }
    double freedom() const { return freedom_; }
    double variance() const { return variance_; } // of the residuals
    double predict(const Numbers &row) const;
    double leverage(const Numbers &row) const; // row (X'X)^-1 row'

private:
    bool is_full_rank_ = false;
    Numbers coefficients_, residuals_;
    std::vector<Numbers> inverse_; // of X'X
    double freedom_ = 0, variance_ = unknown;
};

} // namespace roi::core::analytics
