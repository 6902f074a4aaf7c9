/* y += x M for a few rows at once, of REAL numbers; read once for float and once for double.
 *
 * M stays in the cache of second level, so that reading it is what takes the time: S rows share
 * what is read. VECTORS times LANES numbers of each row are summed in registers. The order of a sum
 * is that of the rows of M, whatever S is: a row has the same result alone and beside others.
 */

#if defined(__GNUC__)
#define LANES (32 / (Py_ssize_t)sizeof(REAL))
typedef REAL JOIN(PRODUCT, vector) __attribute__((vector_size(32), aligned(sizeof(REAL)), may_alias));
#define UNROLLED _Pragma("GCC unroll 8")
#else
#define LANES 1
typedef REAL JOIN(PRODUCT, vector);
#define UNROLLED
#endif
#define VECTOR JOIN(PRODUCT, vector)

/* x . y in an order that is the same on all processors; the sum of x. */
INLINE REAL JOIN(PRODUCT, of_vectors)(const REAL *x, const REAL *y, Py_ssize_t size)
{
    VECTOR sums = {0};
    REAL parts[LANES], sum = 0;
    Py_ssize_t k = 0;
    for (; k + LANES <= size; k += LANES)
        sums += *(const VECTOR *)(x + k) * *(const VECTOR *)(y + k);
    memcpy(parts, &sums, sizeof(sums));
    for (int i = 0; i < LANES; i++)
        sum += parts[i];
    for (; k < size; k++)
        sum += x[k] * y[k];
    return sum;
}

INLINE REAL JOIN(PRODUCT, total)(const REAL *x, Py_ssize_t size)
{
    VECTOR sums = {0};
    REAL parts[LANES], sum = 0;
    Py_ssize_t k = 0;
    for (; k + LANES <= size; k += LANES)
        sums += *(const VECTOR *)(x + k);
    memcpy(parts, &sums, sizeof(sums));
    for (int i = 0; i < LANES; i++)
        sum += parts[i];
    for (; k < size; k++)
        sum += x[k];
    return sum;
}

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
            const VECTOR m = *(const VECTOR *)(M + j * M_row + v * LANES);
            UNROLLED for (int s = 0; s < S; s++)
                sums[s][v] += x[s * x_row + j] * m;
        }
    UNROLLED for (int s = 0; s < S; s++)
        UNROLLED for (int v = 0; v < vectors; v++)
            *(VECTOR *)(y + s * y_row + v * LANES) = sums[s][v];
}

/* The last columns, with some before once more, which are not kept. */
INLINE void JOIN(PRODUCT, last)(
    REAL *y, Py_ssize_t y_row, const REAL *x, Py_ssize_t x_row, const REAL *M, Py_ssize_t M_row,
    Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t count, const int S, const int vectors)
{
    REAL sums[8 * LANES];
    const Py_ssize_t width = vectors * LANES, from = columns - width, kept = columns - count;
    for (int s = 0; s < S; s++)
        memcpy(sums + s * width, y + s * y_row + from, width * sizeof(REAL));
    JOIN(PRODUCT, tile)(sums, width, x, x_row, M + from, M_row, rows, S, vectors);
    for (int s = 0; s < S; s++)
        memcpy(y + s * y_row + kept, sums + s * width + kept - from, count * sizeof(REAL));
}

INLINE void JOIN(PRODUCT, rows)(
    REAL *y, Py_ssize_t y_row, const REAL *x, Py_ssize_t x_row, const REAL *M,
    Py_ssize_t M_row, Py_ssize_t rows, Py_ssize_t columns, const int S)
{
    const int vectors = 8 / S;
    Py_ssize_t k = 0;
    for (; k + vectors * LANES <= columns; k += vectors * LANES)
        JOIN(PRODUCT, tile)(y + k, y_row, x, x_row, M + k, M_row, rows, S, vectors);
    if (k < columns && vectors * LANES <= columns) {
        JOIN(PRODUCT, last)(y, y_row, x, x_row, M, M_row, rows, columns, columns - k, S, vectors);
        return;
    }
    for (; k + LANES <= columns; k += LANES)
        JOIN(PRODUCT, tile)(y + k, y_row, x, x_row, M + k, M_row, rows, S, 1);
    if (k < columns && LANES <= columns) {
        JOIN(PRODUCT, last)(y, y_row, x, x_row, M, M_row, rows, columns, columns - k, S, 1);
        return;
    }
    for (int s = 0; s < S; s++)
        for (Py_ssize_t rest = k; rest < columns; rest++) {
            REAL sum = y[s * y_row + rest];
            for (Py_ssize_t j = 0; j < rows; j++)
                sum += x[s * x_row + j] * M[j * M_row + rest];
            y[s * y_row + rest] = sum;
        }
}

/* y(s, :) += x(s, :) M for s < S <= 4: rows of y, x and M lie y_row, x_row and M_row apart. */
static void PRODUCT(
    REAL *y, Py_ssize_t y_row, const REAL *x, Py_ssize_t x_row, const REAL *M,
    Py_ssize_t M_row, Py_ssize_t rows, Py_ssize_t columns, int S)
{
    if (S == 4)
        JOIN(PRODUCT, rows)(y, y_row, x, x_row, M, M_row, rows, columns, 4);
    else if (S == 3)
        JOIN(PRODUCT, rows)(y, y_row, x, x_row, M, M_row, rows, columns, 3);
    else if (S == 2)
        JOIN(PRODUCT, rows)(y, y_row, x, x_row, M, M_row, rows, columns, 2);
    else
        JOIN(PRODUCT, rows)(y, y_row, x, x_row, M, M_row, rows, columns, 1);
}

#undef LANES
#undef VECTOR
#undef UNROLLED
#undef REAL
#undef PRODUCT
