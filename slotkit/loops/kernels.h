/* The loops themselves; read once for every kind of processor that loops.c tells apart. */

#define REAL float
#define PRODUCT NAME(product)
#include "product.h"

#define REAL double
#define PRODUCT NAME(product_of_doubles)
#include "product.h"

/* min(max(x, low), high) by bits: NaN stays NaN, and compilers see no branch. */
INLINE float NAME(clamp)(float x, float low, float high)
{
    union { float f; int32_t i; } v = {x}, l = {low}, h = {high};
    const int32_t below = -(x < low), above = -(x > high);
    v.i = (v.i & ~(below | above)) | (l.i & below) | (h.i & above);
    return v.f;
}

/* exp(x) = 2^n exp(r), r = x - n log 2 at most half of log 2 away from 0: a Taylor polynomial in r
 * is right to a unit in the last place. Overflow ends at e^88, underflow at e^-87. */
INLINE float NAME(exponential)(float x)
{
    union { float f; uint32_t i; } power;
    const float near = 12582912.0f; /* 1.5 * 2^23: what is added to it is rounded to an integer */
    x = NAME(clamp)(x, -87.0f, 88.0f);
    power.f = x * 1.44269504f + near;
    const float n = power.f - near;
    const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    float sum = 1.0f / 5040;
    sum = sum * r + 1.0f / 720;
    sum = sum * r + 1.0f / 120;
    sum = sum * r + 1.0f / 24;
    sum = sum * r + 1.0f / 6;
    sum = sum * r + 0.5f;
    sum = sum * r * r + r + 1.0f;
    power.i = (power.i + 127) << 23; /* n is in the last bits */
    return sum * power.f;
}

/* The same of a double that is at most 0 and not below -700. */
INLINE double NAME(exponential_of_double)(double x)
{
    union { double f; int64_t i; } power;
    const double near = 6755399441055744.0; /* 1.5 * 2^52 */
    power.f = x * 1.4426950408889634 + near;
    const double n = power.f - near;
    const double r = (x - n * 6.93147180369123816490e-1) - n * 1.90821492927058770002e-10;
    double sum = 1.0 / 3628800;
    sum = sum * r + 1.0 / 362880;
    sum = sum * r + 1.0 / 40320;
    sum = sum * r + 1.0 / 5040;
    sum = sum * r + 1.0 / 720;
    sum = sum * r + 1.0 / 120;
    sum = sum * r + 1.0 / 24;
    sum = sum * r + 1.0 / 6;
    sum = sum * r + 0.5;
    sum = sum * r * r + r + 1.0;
    power.i = (int64_t)((uint64_t)(power.i + 1023) << 52); /* n is in the last bits */
    return sum * power.f;
}

/* The largest and the smallest of some numbers, four at a time; where the largest is first. */
#define EXTREME(name, beyond) \
    INLINE double NAME(name)(const double *x, Py_ssize_t size) \
    { \
        double a = x[0], b = a, c = a, d = a; \
        Py_ssize_t k = 0; \
        for (; k + 4 <= size; k += 4) { \
            a = x[k] beyond a ? x[k] : a; \
            b = x[k + 1] beyond b ? x[k + 1] : b; \
            c = x[k + 2] beyond c ? x[k + 2] : c; \
            d = x[k + 3] beyond d ? x[k + 3] : d; \
        } \
        for (; k < size; k++) \
            a = x[k] beyond a ? x[k] : a; \
        a = b beyond a ? b : a; \
        c = d beyond c ? d : c; \
        return c beyond a ? c : a; \
    }
EXTREME(largest, >)
EXTREME(smallest, <)
#undef EXTREME

INLINE Py_ssize_t NAME(place_of_largest)(const double *x, Py_ssize_t size)
{
    const double top = NAME(largest)(x, size);
    Py_ssize_t k = 0;
    while (k + 1 < size && x[k] != top)
        k++;
    return k;
}

/* Right to 1e-7, as the numbers that it goes to are near 1. */
INLINE float NAME(tanh_f)(float x)
{
    return 1.0f - 2.0f / (1.0f + NAME(exponential)(2.0f * x));
}

INLINE float NAME(logistic)(float x)
{
    return 1.0f / (1.0f + NAME(exponential)(-x));
}

/* out(b, t, :) = sum over places p of table[numbers(b, t + p - half), member, p]; row 0 beyond the
 * ends, where the window of 2 half + 1 places reaches out of the utterance. */
static void NAME(add_up)(
    float *restrict out, const float *restrict table, const Py_ssize_t *numbers, Py_ssize_t size,
    Py_ssize_t length, Py_ssize_t members, Py_ssize_t member, Py_ssize_t places, Py_ssize_t width)
{
    for (Py_ssize_t b = 0; b < size; b++, numbers += length)
        for (Py_ssize_t t = 0; t < length; t++, out += width)
            for (Py_ssize_t p = 0; p < places; p++) {
                const Py_ssize_t at = t + p - places / 2;
                const Py_ssize_t row = at < 0 || at >= length ? 0 : numbers[at];
                const float *given = table + ((row * members + member) * places + p) * width;
                if (!p)
                    memcpy(out, given, width * sizeof(float));
                else
                    for (Py_ssize_t k = 0; k < width; k++)
                        out[k] += given[k];
            }
}

/* y(t) += M x(t) for T words. */
static void NAME(words)(
    float *y, const float *x, const float *M, Py_ssize_t T, Py_ssize_t rows, Py_ssize_t columns)
{
    for (Py_ssize_t t = 0; t < T; t += 4)
        NAME(product)(y + t * columns, columns, x + t * rows, rows, M, columns, rows, columns,
            T - t < 4 ? (int)(T - t) : 4);
}

/* y(t) = x for T words. */
INLINE void NAME(repeat)(float *y, const float *x, Py_ssize_t T, Py_ssize_t size)
{
    for (Py_ssize_t t = 0; t < T; t++)
        memcpy(y + t * size, x, size * sizeof(float));
}

/* y(t) = M x(t) + b for T words. */
static void NAME(affine)(
    float *y, const float *x, const float *M, const float *b, Py_ssize_t T, Py_ssize_t rows,
    Py_ssize_t columns)
{
    NAME(repeat)(y, b, T, columns);
    NAME(words)(y, x, M, T, rows, columns);
}

/* max(x, 0); NaN stays. */
INLINE void NAME(relu)(float *x, Py_ssize_t size)
{
    for (Py_ssize_t k = 0; k < size; k++)
        x[k] = x[k] < 0 ? 0 : x[k];
}

/* h(t) = relu(b + sum over d of W_d x(t + d)), and x(t) beside where that is wanted. Without W the
 * products are there, side by side. */
static void NAME(convolution)(
    float *h, const float *x, const float *W, const float *b, Py_ssize_t T, Py_ssize_t D,
    Py_ssize_t H, Py_ssize_t width, int add)
{
    NAME(repeat)(h, b, T, H);
    for (Py_ssize_t place = 0; place < width; place++) {
        const Py_ssize_t d = place - width / 2;
        const Py_ssize_t first = d < 0 ? -d : 0, last = d < 0 ? T : T - d;
        if (first >= last)
            continue;
        if (W)
            NAME(words)(h + first * H, x + (first + d) * D, W + place * D * H, last - first, D, H);
        else
            for (Py_ssize_t t = first; t < last; t++)
                for (Py_ssize_t k = 0; k < H; k++)
                    h[t * H + k] += x[(t + d) * D + place * H + k];
    }
    NAME(relu)(h, T * H);
    if (add)
        for (Py_ssize_t k = 0; k < T * H; k++)
            h[k] += x[k];
}

/* Bring T words to mean 0 and variance 1, then scale and shift. */
static void NAME(norm)(
    float *y, const float *x, const float *scale, const float *shift, Py_ssize_t T, Py_ssize_t H)
{
    for (Py_ssize_t t = 0; t < T; t++, x += H, y += H) {
        const float mean = JOIN(NAME(product), total)(x, H) / H;
        for (Py_ssize_t k = 0; k < H; k++)
            y[k] = x[k] - mean;
        const float variance = JOIN(NAME(product), of_vectors)(y, y, H) / H;
        const float by = 1.0f / sqrtf(variance + 1e-5f);
        for (Py_ssize_t k = 0; k < H; k++)
            y[k] = y[k] * by * scale[k] + shift[k];
    }
}

/* head(t) = sum over s of a(t, s) v(s), a(t, s) = softmax over s of q(t) . k(s) / sqrt(d), for each
 * head of each of T words, over the words at most `reach` away that are allowed. */
static void NAME(heads)(
    float *mixed, const float *qkv, Py_ssize_t T, Py_ssize_t H, Py_ssize_t heads, Py_ssize_t reach,
    const char *allowed, float *room)
{
    const Py_ssize_t d = H / heads, wide = ROUND_UP(T), deep = ROUND_UP(d);
    float *keys = room, *values = keys + (d + 1) * wide, *scores = values + T * deep;
    float *sums = scores + 4 * wide;
    const float scale = 1.0f / sqrtf((float)d);
    for (Py_ssize_t head = 0; head < heads; head++, qkv += d, mixed += d) {
        memset(keys, 0, (d + 1) * wide * sizeof(float));
        memset(values, 0, T * deep * sizeof(float));
        for (Py_ssize_t t = 0; t < T; t++) {
            const float *k = qkv + t * 3 * H + H;
            for (Py_ssize_t j = 0; j < d; j++)
                keys[j * wide + t] = k[j];
            memcpy(values + t * deep, k + H, d * sizeof(float));
        }
        int S;
        for (Py_ssize_t t = 0; t < T; t += S) {
            S = reach < T ? 1 : T - t < 4 ? (int)(T - t) : 4; /* that attend to the same words */
            const Py_ssize_t first = t > reach ? t - reach : 0;
            const Py_ssize_t count = (T - t - 1 > reach ? t + reach + 1 : T) - first;
            const Py_ssize_t whole = ROUND_UP(count);
            for (int one = 0; one < S; one++)
                memset(scores + one * wide, 0, whole * sizeof(float));
            NAME(product)(scores, wide, qkv + t * 3 * H, 3 * H, keys + first, wide, d, whole, S);
            for (int one = 0; one < S; one++) {
                float *weights = scores + one * wide, top = -INFINITY;
                for (Py_ssize_t s = count; s < whole; s++)
                    weights[s] = -INFINITY;
                for (Py_ssize_t s = 0; allowed && s < count; s++)
                    if (!allowed[(t + one) * T + first + s])
                        weights[s] = -INFINITY;
                for (Py_ssize_t s = 0; s < count; s++)
                    top = weights[s] > top ? weights[s] : top;
                for (Py_ssize_t s = 0; s < whole; s++)
                    weights[s] = weights[s] == -INFINITY
                        ? 0 : NAME(exponential)((weights[s] - top) * scale);
            }
            memset(sums, 0, S * deep * sizeof(float));
            NAME(product)(sums, deep, scores, wide, values + first * deep, deep, count, deep, S);
            for (int one = 0; one < S; one++) {
                const float by = 1.0f / JOIN(NAME(product), total)(scores + one * wide, whole);
                for (Py_ssize_t j = 0; j < d; j++)
                    mixed[(t + one) * H + j] = sums[one * deep + j] * by;
            }
        }
    }
}

/* x += W_o heads(norm(x)), then x += W_2 relu(W_1 norm(x) + b_1) + b_2, for T words. */
static void NAME(attention)(
    float *x, const Layer *of, Py_ssize_t T, Py_ssize_t H, Py_ssize_t heads, Py_ssize_t reach,
    const char *allowed, float *room)
{
    float *normed = room, *qkv = normed + T * H, *mixed = qkv + 3 * T * H, *up = qkv;
    NAME(norm)(normed, x, of->norm_1, of->shift_1, T, H);
    memset(qkv, 0, 3 * T * H * sizeof(float));
    NAME(words)(qkv, normed, of->qkv, T, H, 3 * H);
    NAME(heads)(mixed, qkv, T, H, heads, reach, allowed, mixed + T * H);
    NAME(words)(x, mixed, of->out, T, H, H);
    NAME(norm)(normed, x, of->norm_2, of->shift_2, T, H);
    NAME(repeat)(up, of->up_bias, T, 2 * H);
    NAME(words)(up, normed, of->up, T, H, 2 * H);
    NAME(relu)(up, 2 * T * H);
    NAME(words)(x, up, of->down, T, 2 * H, H);
    for (Py_ssize_t t = 0; t < T; t++)
        for (Py_ssize_t k = 0; k < H; k++)
            x[t * H + k] += of->down_bias[k];
}

/* h(t) = f(seen(t) + U h(t - 1)) for S utterances. */
static void NAME(elman)(
    Words out, Words seen, const float *U, Py_ssize_t length, Py_ssize_t H, int activation, int S)
{
    for (Py_ssize_t t = 0; t < length; t++) {
        float *h = out.at + t * out.word;
        for (int s = 0; s < S; s++)
            memcpy(h + s * out.row, seen.at + s * seen.row + t * seen.word, H * sizeof(float));
        if (t)
            NAME(product)(h, out.row, h - out.word, out.row, U, H, H, H, S);
        for (int s = 0; s < S; s++, h += out.row)
            if (activation == TANH)
                for (Py_ssize_t k = 0; k < H; k++)
                    h[k] = NAME(tanh_f)(h[k]);
            else if (activation == RELU)
                NAME(relu)(h, H);
    }
}

/* h(t) = tanh(seen(t) + V y(t - 1)), logits(t) = O h(t) + c, y(t) = softmax(logits(t)). */
static void NAME(jordan)(
    Words out, Words logits, Words seen, const float *V, const float *O, const float *c,
    Py_ssize_t length, Py_ssize_t H, Py_ssize_t K, float *y, int S)
{
    for (Py_ssize_t t = 0; t < length; t++) {
        float *h = out.at + t * out.word, *scores = logits.at + t * logits.word;
        for (int s = 0; s < S; s++) {
            memcpy(h + s * out.row, seen.at + s * seen.row + t * seen.word, H * sizeof(float));
            memcpy(scores + s * logits.row, c, K * sizeof(float));
        }
        if (t)
            NAME(product)(h, out.row, y, K, V, H, K, H, S);
        for (int s = 0; s < S; s++) {
            float *one = h + s * out.row;
            for (Py_ssize_t k = 0; k < H; k++)
                one[k] = NAME(tanh_f)(one[k]);
        }
        NAME(product)(scores, logits.row, h, out.row, O, K, H, K, S);
        for (int s = 0; s < S; s++, scores += logits.row) {
            float top = scores[0], sum = 0, *p = y + s * K;
            for (Py_ssize_t k = 1; k < K; k++)
                top = scores[k] > top ? scores[k] : top;
            for (Py_ssize_t k = 0; k < K; k++)
                p[k] = NAME(exponential)(scores[k] - top);
            for (Py_ssize_t k = 0; k < K; k++)
                sum += p[k];
            for (Py_ssize_t k = 0; k < K; k++)
                p[k] /= sum;
        }
    }
}

/* c(t) = s(f) c(t - 1) + s(i) g(z), out(t) = s(o) h(c(t)), where i, f, z and o are the blocks of
 * seen(t) + U out(t - 1) + C c(t - 1); `gates` and `cells` are room for those of S words. */
static void NAME(lstm)(
    Words out, float *gates, float *cells, Words seen, const float *U, const float *C, int diagonal,
    Py_ssize_t length, Py_ssize_t H, int activation, int S)
{
    const Py_ssize_t wide = 4 * H;
    memset(cells, 0, S * H * sizeof(float));
    for (Py_ssize_t t = 0; t < length; t++) {
        float *h = out.at + t * out.word, *c = cells;
        for (int s = 0; s < S; s++)
            memcpy(gates + s * wide, seen.at + s * seen.row + t * seen.word, wide * sizeof(float));
        if (t && U)
            NAME(product)(gates, wide, h - out.word, out.row, U, wide, H, wide, S);
        if (t && C && !diagonal)
            NAME(product)(gates, wide, c, H, C, wide, H, wide, S);
        for (int s = 0; s < S; s++, h += out.row, c += H) {
            float *i = gates + s * wide, *f = i + H, *z = f + H, *o = z + H;
            if (t && diagonal)
                for (int b = 0; b < 4; b++)
                    NO_ALIAS for (Py_ssize_t k = 0; k < H; k++)
                        i[b * H + k] += C[b * H + k] * c[k];
            if (activation == TANH)
                NO_ALIAS for (Py_ssize_t k = 0; k < H; k++)
                    z[k] = NAME(tanh_f)(z[k]);
            NO_ALIAS for (Py_ssize_t k = 0; k < H; k++) {
                i[k] = NAME(logistic)(i[k]);
                f[k] = NAME(logistic)(f[k]);
                o[k] = NAME(logistic)(o[k]);
                c[k] = f[k] * c[k] + i[k] * z[k];
            }
            if (activation == TANH)
                NO_ALIAS for (Py_ssize_t k = 0; k < H; k++)
                    h[k] = o[k] * NAME(tanh_f)(c[k]);
            else
                NO_ALIAS for (Py_ssize_t k = 0; k < H; k++)
                    h[k] = o[k] * c[k];
        }
    }
}

/* What comes of a step: y(k) = sum over j of x(j) exp(transitions(j, k)), for S rows. */
static void NAME(step)(
    double *y, Py_ssize_t y_row, const double *x, Py_ssize_t x_row, const Chain *chain,
    double *loose, int S)
{
    const Py_ssize_t K = chain->tags, J = chain->num_others, I = chain->num_inside;
    if (chain->moves) {
        memset(loose, 0, S * J * sizeof(double));
        NAME(product_of_doubles)(loose, J, x, x_row, chain->moves, J, K, J, S);
    }
    for (int s = 0; s < S; s++, y += y_row, x += x_row, loose += J) {
        if (chain->moves) {
            for (Py_ssize_t j = 0; j < J; j++)
                y[chain->others[j]] = loose[j];
        } else {
            const double all = JOIN(NAME(product_of_doubles), total)(x, K);
            for (Py_ssize_t k = 0; k < K; k++)
                y[k] = all;
        }
        for (Py_ssize_t i = 0; i < I; i++) {
            const Py_ssize_t inside = chain->inside[i];
            y[inside] = x[chain->begins[i]] * chain->enter[i] + x[inside] * chain->stay[i];
        }
    }
}

/* The same back: y(j) = sum over k of exp(transitions(j, k)) x(k). */
static void NAME(step_back)(
    double *y, Py_ssize_t y_row, const double *x, Py_ssize_t x_row, const Chain *chain,
    double *loose, int S)
{
    const Py_ssize_t K = chain->tags, J = chain->num_others, I = chain->num_inside;
    for (int s = 0; s < S; s++)
        for (Py_ssize_t j = 0; j < J; j++)
            loose[s * J + j] = x[s * x_row + chain->others[j]];
    for (int s = 0; s < S; s++)
        memset(y + s * y_row, 0, K * sizeof(double));
    if (chain->moves)
        NAME(product_of_doubles)(y, y_row, loose, J, chain->moves_back, K, J, K, S);
    for (int s = 0; s < S; s++, y += y_row, x += x_row, loose += J) {
        if (!chain->moves) {
            const double all = JOIN(NAME(product_of_doubles), total)(loose, J);
            for (Py_ssize_t k = 0; k < K; k++)
                y[k] = all;
        }
        for (Py_ssize_t i = 0; i < I; i++) {
            const Py_ssize_t inside = chain->inside[i];
            y[chain->begins[i]] += chain->enter[i] * x[inside];
            y[inside] += chain->stay[i] * x[inside];
        }
    }
}

/* Write the marginals, and find the best tag of every word, under a CRF by its marginal and
 * else by its logit; return the score of these tags together, minus infinity if illegal. */
static double NAME(likeliest)(
    const Sums *to, const Chain *chain, Py_ssize_t length, Py_ssize_t first, Py_ssize_t *best,
    double *product)
{
    const Py_ssize_t K = chain->tags;
    double score = 0;
    Py_ssize_t before = -1;
    for (Py_ssize_t t = 0; t < length; t++, first += K) {
        const double *alpha = to->alpha + first, *beta = to->beta + first;
        float *marginals = to->marginals + first;
        for (Py_ssize_t k = 0; k < K; k++)
            product[k] = alpha[k] * beta[k];
        for (Py_ssize_t k = 0; k < K; k++)
            marginals[k] = (float)product[k];
        const double *ranked = chain->moves ? product : to->steps + first;
        const Py_ssize_t tag = NAME(place_of_largest)(ranked, K);
        if (chain->moves) {
            score += t ? chain->transitions[before * K + tag] : chain->start[tag];
        } else {
            const Py_ssize_t i = chain->number[tag];
            if (i >= 0 && before != tag && before != chain->begins[i])
                score = -INFINITY;
        }
        score += to->logits[first + tag];
        best[t] = before = tag;
    }
    return chain->moves ? score + chain->end[before] : score;
}

/* The probability of exactly the span of the best tags that begins at word t, and where it ends. */
static double NAME(confidence)(
    const Sums *to, const Chain *chain, Py_ssize_t length, Py_ssize_t first, Py_ssize_t t,
    const Py_ssize_t *best, Py_ssize_t *ends)
{
    const Py_ssize_t K = chain->tags, i = chain->follower[best[t]];
    const double *steps = to->steps + first, *beta = to->beta + first;
    Py_ssize_t before = best[t], end = t + 1;
    double p = to->alpha[first + t * K + before];
    *ends = end;
    if (i < 0)
        return p * beta[t * K + before];
    const Py_ssize_t inside = chain->inside[i];
    for (; end < length && best[end] == inside; end++) {
        p *= (before == inside ? chain->stay[i] : chain->enter[i]) * steps[end * K + inside];
        before = inside;
    }
    double after = beta[(end - 1) * K + before]; /* all that may follow, less the same slot */
    if (end < length)
        after -= (before == inside ? chain->stay[i] : chain->enter[i])
            * steps[end * K + inside] * beta[end * K + inside];
    p *= after;
    *ends = end;
    return p < 0 ? 0 : p > 1 ? 1 : p;
}

/* Forward and backward over S utterances, each word's alpha brought to the sum of 1:
 *
 *     alpha(t, k) = steps(t, k) sum over j of alpha(t-1, j) exp(transitions(j, k))
 *     beta(t, j) = sum over k of exp(transitions(j, k)) steps(t+1, k) beta(t+1, k)
 *
 * with steps = exp(logits) by what alpha would sum to; then the sum of alpha times beta is 1 at
 * every word. NaN as log Z says that the numbers of an utterance lie too far apart.
 */
static void NAME(sums)(
    const Sums *to, const Chain *chain, Py_ssize_t length, double *room, int S)
{
    const Py_ssize_t K = chain->tags, row = length * K;
    double *loose = room, *ahead = room + 4 * K;
    const double warmth = 1 / chain->temperature;
    double apart[4], top_sum[4], scale[4];

    for (int s = 0; s < S; s++) {
        apart[s] = top_sum[s] = scale[s] = 0;
        for (Py_ssize_t t = 0; t < length; t++) {
            double *rise = to->steps + s * row + t * K;
            const double *given = to->logits + s * row + t * K;
            const double top = NAME(largest)(given, K), least = NAME(smallest)(given, K);
            top_sum[s] += top * warmth;
            const double far = (top - least) * warmth;
            apart[s] = far > apart[s] ? far : apart[s];
            for (Py_ssize_t k = 0; k < K; k++)
                rise[k] = NAME(exponential_of_double)((given[k] - top) * warmth);
        }
    }
    for (Py_ssize_t t = 0; t < length; t++) {
        double *alpha = to->alpha + t * K, *rise = to->steps + t * K;
        if (t)
            NAME(step)(alpha, row, alpha - K, row, chain, loose, S);
        for (int s = 0; s < S; s++, alpha += row, rise += row) {
            if (!t)
                memcpy(alpha, chain->first, K * sizeof(double));
            for (Py_ssize_t k = 0; k < K; k++)
                alpha[k] *= rise[k];
            const double sum = JOIN(NAME(product_of_doubles), total)(alpha, K), by = 1 / sum;
            for (Py_ssize_t k = 0; k < K; k++)
                alpha[k] *= by;
            for (Py_ssize_t k = 0; k < K; k++)
                rise[k] *= by;
            scale[s] += log(sum);
        }
    }
    for (int s = 0; s < S; s++) {
        const double *alpha = to->alpha + s * row + row - K;
        double *beta = to->beta + s * row + row - K;
        for (Py_ssize_t k = 0; k < K; k++)
            beta[k] = alpha[k] * chain->close[k];
        const double sum = JOIN(NAME(product_of_doubles), total)(beta, K);
        for (Py_ssize_t k = 0; k < K; k++)
            beta[k] = chain->close[k] / sum;
        const int fits = apart[s] + chain->apart < chain->widest;
        const double shifts = (length - 1) * chain->shift + chain->shift_of_ends;
        to->log_z[s] = fits ? scale[s] + log(sum) + top_sum[s] + shifts : NAN;
    }
    for (Py_ssize_t t = length - 1; t-- > 0;) {
        double *beta = to->beta + t * K;
        for (int s = 0; s < S; s++)
            for (Py_ssize_t k = 0; k < K; k++) {
                const Py_ssize_t next = s * row + (t + 1) * K + k;
                ahead[s * K + k] = to->steps[next] * to->beta[next];
            }
        NAME(step_back)(beta, row, ahead, K, chain, loose, S);
    }
    for (int s = 0; s < S; s++) {
        Py_ssize_t *best = to->best + s * length, *ends = to->ends + s * length;
        to->scores[s] = NAME(likeliest)(to, chain, length, s * row, best, ahead);
        for (Py_ssize_t t = 0; t < length; t++)
            if (PyTuple_GET_ITEM(chain->names, best[t]) != Py_None)
                to->confidences[s * length + t]
                    = NAME(confidence)(to, chain, length, s * row, t, best, ends + t);
    }
}
