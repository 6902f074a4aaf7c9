/* What training takes beside: derivatives, and the sums of a CRF; read from kernels.h. */

/* The derivatives of a loss by `seen`, last word to first, and in full by the logits, from those by
 * `out` and by the logits; `slope` is that of h by what is before tanh:
 *
 *     dy(t) = V' dseen(t + 1),  dlogits(t) += y(t) (dy(t) - y(t)' dy(t))
 *     dseen(t) = (dout(t) + O' dlogits(t)) slope(t)
 */
static void NAME(jordan_back)(
    Words d_seen, Words d_logits, Words d_out, Words slope, Words y, const float *V, const float *O,
    Py_ssize_t length, Py_ssize_t H, Py_ssize_t K, float *d_y, int S)
{
    for (Py_ssize_t t = length; t-- > 0;) {
        float *into = d_seen.at + t * d_seen.word, *scores = d_logits.at + t * d_logits.word;
        if (t + 1 < length) {
            memset(d_y, 0, S * K * sizeof(float));
            NAME(product)(d_y, K, into + d_seen.word, d_seen.row, V, K, H, K, S);
            for (int s = 0; s < S; s++) {
                const float *share = y.at + s * y.row + t * y.word;
                float *own = d_y + s * K, *score = scores + s * d_logits.row;
                for (Py_ssize_t k = 0; k < K; k++)
                    own[k] *= share[k];
                const float all = JOIN(NAME(product), total)(own, K);
                NO_ALIAS for (Py_ssize_t k = 0; k < K; k++)
                    score[k] += own[k] - share[k] * all;
            }
        }
        for (int s = 0; s < S; s++)
            memcpy(into + s * d_seen.row, d_out.at + s * d_out.row + t * d_out.word, H * sizeof(float));
        NAME(product)(into, d_seen.row, scores, d_logits.row, O, H, K, H, S);
        for (int s = 0; s < S; s++, into += d_seen.row) {
            const float *by = slope.at + s * slope.row + t * slope.word;
            NO_ALIAS for (Py_ssize_t k = 0; k < H; k++)
                into[k] *= by[k];
        }
    }
}

/* The derivatives of a loss by `seen`, last word to first, from those by `out` and what `lstm` kept:
 *
 *     dc(t) = dc from t + 1 + dout(t) s(o) h'(c)
 *     dseen(t) = [dc z s'(i); dc c(t-1) s'(f); dc s(i) g'(z); dout h(c) s'(o)]
 *     dout from t to t - 1 = U' dseen(t),  dc from t to t - 1 = dc(t) s(f) + C' dseen(t)
 */
static void NAME(lstm_back)(
    Words d_seen, Words d_out, Words gates, Words cells, const float *U, const float *C, int diagonal,
    Py_ssize_t length, Py_ssize_t H, int activation, float *d_outs, float *d_cells, int S)
{
    memset(d_cells, 0, S * H * sizeof(float));
    for (Py_ssize_t t = length; t-- > 0;) {
        float *blocks = d_seen.at + t * d_seen.word;
        for (int s = 0; s < S; s++)
            memcpy(d_outs + s * H, d_out.at + s * d_out.row + t * d_out.word, H * sizeof(float));
        if (t + 1 < length && U)
            NAME(product)(d_outs, H, blocks + d_seen.word, d_seen.row, U, H, 4 * H, H, S);
        if (t + 1 < length && C && !diagonal)
            NAME(product)(d_cells, H, blocks + d_seen.word, d_seen.row, C, H, 4 * H, H, S);
        for (int s = 0; s < S; s++) {
            const float *i = gates.at + s * gates.row + t * gates.word, *f = i + H, *z = f + H;
            const float *o = z + H, *before = cells.at + s * cells.row + t * cells.word;
            const float *c = before + cells.word;
            float *into = blocks + s * d_seen.row, *dh = d_outs + s * H, *dc = d_cells + s * H;
            NO_ALIAS for (Py_ssize_t k = 0; k < H; k++) {
                const float h = activation == TANH ? NAME(tangent)(c[k]) : c[k];
                const float slope = activation == TANH ? 1 - h * h : 1;
                const float d = dc[k] + dh[k] * o[k] * slope;
                into[k] = d * z[k] * i[k] * (1 - i[k]);
                into[H + k] = d * before[k] * f[k] * (1 - f[k]);
                into[2 * H + k] = d * i[k] * (activation == TANH ? 1 - z[k] * z[k] : 1);
                into[3 * H + k] = dh[k] * h * o[k] * (1 - o[k]);
                dc[k] = d * f[k];
            }
            if (diagonal)
                for (int b = 0; b < 4; b++)
                    NO_ALIAS for (Py_ssize_t k = 0; k < H; k++)
                        dc[k] += C[b * H + k] * into[b * H + k];
        }
    }
}

/* alpha(t) = emitted(t) times what the moves make of alpha(t - 1), which is `first` at first; each
 * word's is brought to the sum of 1, and its sum kept. */
static void NAME(chain_ahead)(
    Words alphas, Words sums, Words emitted, const float *first, const float *moves,
    Py_ssize_t length, Py_ssize_t K, int S)
{
    for (Py_ssize_t t = 0; t < length; t++) {
        float *alpha = alphas.at + t * alphas.word;
        for (int s = 0; s < S; s++)
            if (t)
                memset(alpha + s * alphas.row, 0, K * sizeof(float));
            else
                memcpy(alpha + s * alphas.row, first, K * sizeof(float));
        if (t)
            NAME(product)(alpha, alphas.row, alpha - alphas.word, alphas.row, moves, K, K, K, S);
        for (int s = 0; s < S; s++, alpha += alphas.row) {
            const float *rise = emitted.at + s * emitted.row + t * emitted.word;
            NO_ALIAS for (Py_ssize_t k = 0; k < K; k++)
                alpha[k] *= rise[k];
            const float sum = JOIN(NAME(product), total)(alpha, K), by = 1.0f / sum;
            for (Py_ssize_t k = 0; k < K; k++)
                alpha[k] *= by;
            sums.at[s * sums.row + t * sums.word] = sum;
        }
    }
}

/* beta(t - 1) = what the moves back make of ahead(t) times beta(t), which is left in `aheads`; it is
 * `finish` at the last word of an utterance and beyond. */
static void NAME(chain_back)(
    Words betas, Words aheads, const float *finish, const float *moves_back,
    const Py_ssize_t *lengths, Py_ssize_t length, Py_ssize_t K, int S)
{
    for (Py_ssize_t t = length; t-- > 0;) {
        float *beta = betas.at + t * betas.word, *ahead = aheads.at + (t + 1) * aheads.word;
        if (t + 1 < length) {
            for (int s = 0; s < S; s++) {
                float *into = ahead + s * aheads.row;
                const float *after = beta + s * betas.row + betas.word;
                NO_ALIAS for (Py_ssize_t k = 0; k < K; k++)
                    into[k] *= after[k];
                memset(beta + s * betas.row, 0, K * sizeof(float));
            }
            NAME(product)(beta, betas.row, ahead, aheads.row, moves_back, K, K, K, S);
        }
        for (int s = 0; s < S; s++)
            if (t + 1 >= lengths[s])
                memcpy(beta + s * betas.row, finish + s * K, K * sizeof(float));
    }
}
