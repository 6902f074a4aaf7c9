/* y += x M for a few rows at once, of REAL numbers; read once for float and once for double.
 *
 * M stays in the cache of second level, so that reading it is what takes the time: S rows share
 * what is read. Of each row some vectors of LANES numbers are summed in registers, SUMS of all rows
 * at most. The order of a sum is that of the rows of M, whatever S is: a row has the same result
 * alone and beside others, and on all processors.
 */

#if defined(__GNUC__)
#define LANES (WIDTH / (Py_ssize_t)sizeof(REAL))
#define PARTS (32 / (Py_ssize_t)sizeof(REAL))
#define OF_SIZE(bytes) __attribute__((vector_size(bytes), aligned(sizeof(REAL)), may_alias))
#define UNROLLED _Pragma("GCC unroll 8")
#else
#define LANES 1
#define PARTS 1
#define OF_SIZE(bytes)
#define UNROLLED
#endif
typedef REAL JOIN(PRODUCT, vector) OF_SIZE(WIDTH);
typedef REAL JOIN(PRODUCT, parts) OF_SIZE(32);
#define VECTOR JOIN(PRODUCT, vector)

/* The sum of x, and x . y, in an order that is the same on all processors. */
#define SUM(name, factor, ...) \
    INLINE REAL JOIN(PRODUCT, name)(__VA_ARGS__, Py_ssize_t size) \
    { \
        JOIN(PRODUCT, parts) sums = {0}; \
        REAL parts[PARTS], sum = 0; \
        Py_ssize_t k = 0; \
        for (; k + PARTS <= size; k += PARTS) \
            sums += *(const JOIN(PRODUCT, parts) *)(x + k) factor(*(const JOIN(PRODUCT, parts) *)(y + k)); \
        memcpy(parts, &sums, sizeof(sums)); \
        for (int i = 0; i < PARTS; i++) \
            sum += parts[i]; \
        for (; k < size; k++) \
            sum += x[k] factor(y[k]); \
        return sum; \
    }
#define ALONE(factor)
#define TIMES(factor) * (factor)
SUM(total, ALONE, const REAL *x)
SUM(of_vectors, TIMES, const REAL *x, const REAL *y)
#undef SUM
#undef ALONE
#undef TIMES
INLINE void JOIN(PRODUCT, tile)(
    REAL *y, Py_ssize_t y_row, const REAL *x, Py_ssize_t x_row, const REAL *M,
    Py_ssize_t M_row, Py_ssize_t rows, const int S, const int vectors)
{
    VECTOR sums[4][8];
    UNROLLED for (int s = 0; s < S; s++)
        UNROLLED for (int v = 0; v < vectors; v++)
            sums[s][v] = *(const VECTOR *)(y + s * y_row + v * LANES);
    for (Py_ssize_t j = 0; j < rows; j++)
        UNROLLED for (int v = 0; v < vectors; v++) {
            VECTOR m = *(const VECTOR *)(M + j * M_row + v * LANES);
            IN_REGISTER(m)
            UNROLLED for (int s = 0; s < S; s++)
                sums[s][v] += x[s * x_row + j] * m;
        }
    UNROLLED for (int s = 0; s < S; s++)
        UNROLLED for (int v = 0; v < vectors; v++)
            *(VECTOR *)(y + s * y_row + v * LANES) = sums[s][v];
}

/* As many columns at once as there are registers for. The last vectors may reach back over columns
 * that are done: these are summed beside, and not kept. */
INLINE void JOIN(PRODUCT, rows)(
    REAL *y, Py_ssize_t y_row, const REAL *x, Py_ssize_t x_row, const REAL *M,
    Py_ssize_t M_row, Py_ssize_t rows, Py_ssize_t columns, const int S)
{
    const int most = SUMS / S < 8 ? SUMS / S : 8;
    REAL beside[4 * 8 * LANES];
    Py_ssize_t width = 0;
    for (Py_ssize_t k = 0; k < columns && LANES <= columns; k += width) {
        Py_ssize_t vectors = (columns - k + LANES - 1) / LANES;
        vectors = vectors < most ? vectors : most;
        vectors = vectors * LANES <= columns ? vectors : columns / LANES;
        width = vectors * LANES;
        const Py_ssize_t over = k + width > columns ? k + width - columns : 0;
        REAL *to = y + k - over;
        if (over)
            for (int s = 0; s < S; s++)
                memcpy(beside + s * width, to + s * y_row, width * sizeof(REAL));
#define TILE(vectors) \
    case vectors: \
        if (vectors <= most) \
            JOIN(PRODUCT, tile)(over ? beside : to, over ? width : y_row, x, x_row, \
                M + k - over, M_row, rows, S, vectors); \
        break;
        switch (vectors) {
            TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6) TILE(7) TILE(8)
        }
#undef TILE
        if (over)
            for (int s = 0; s < S; s++)
                memcpy(to + s * y_row + over, beside + s * width + over, (width - over) * sizeof(REAL));
    }
    for (int s = 0; s < S && columns < LANES; s++)
        for (Py_ssize_t k = 0; k < columns; k++) {
            REAL sum = y[s * y_row + k];
            for (Py_ssize_t j = 0; j < rows; j++)
                sum += x[s * x_row + j] * M[j * M_row + k];
            y[s * y_row + k] = sum;
        }
}

/* y(s, :) += x(s, :) M for s < S <= 4: rows of y, x and M lie y_row, x_row and M_row apart. */
static void PRODUCT(
    REAL *y, Py_ssize_t y_row, const REAL *x, Py_ssize_t x_row, const REAL *M,
    Py_ssize_t M_row, Py_ssize_t rows, Py_ssize_t columns, int S)
{
#define OF(S) case S: JOIN(PRODUCT, rows)(y, y_row, x, x_row, M, M_row, rows, columns, S); break;
    switch (S) { OF(1) OF(2) OF(3) OF(4) }
#undef OF
}

#undef LANES
#undef PARTS
#undef OF_SIZE
#undef VECTOR
#undef UNROLLED
#undef REAL
#undef PRODUCT
