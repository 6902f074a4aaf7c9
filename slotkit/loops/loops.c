/* The loops over words, which NumPy would take one small operation at a time.
 *
 * Each function does what the Python beside its call does, which is its oracle in the tests and
 * runs where this file could not be compiled. Arguments are arrays of any kind that offer the
 * buffer protocol; shapes and types are checked here, since a wrong one would read other memory.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline))
#define NO_ALIAS _Pragma("GCC ivdep")
#else
#define INLINE static inline
#define NO_ALIAS
#endif
#if defined(_MSC_VER)
#define restrict __restrict
#endif
#define JOINED(a, b) a##_##b
#define JOIN(a, b) JOINED(a, b)

enum { TANH, RELU, LINEAR };

/* A float for every unit of every word: strides in floats. */
typedef struct {
    float *at;
    Py_ssize_t row, word;
} Words;

#define MOST_HELD 16
#define LARGEST ((Py_ssize_t)1 << 28) /* size, so that no product of two overflows */

/* Arrays whose memory is in use. */
typedef struct {
    Py_buffer views[MOST_HELD];
    int count;
} Held;

/* What holds at every word; see `_constants` in lattice.py. Without a CRF the pointers of the first
 * line are null; names are those of the slots that begin with a tag, null for other tags. */
typedef struct {
    const double *moves, *moves_back, *transitions, *start, *end;
    const double *first, *close, *enter, *stay;
    const Py_ssize_t *others, *inside, *begins, *number, *follower;
    Py_ssize_t tags, num_others, num_inside;
    double temperature, shift, shift_of_ends, apart, widest;
    PyObject **names;
    Py_ssize_t *indices; /* copies, which nobody can change after they were checked */
    Held held;
} Chain;

/* What `sums` reads (logits as floats or as doubles) and writes; a span of the best tags stands at
 * the word where it begins. */
typedef struct {
    const float *single;
    const double *twofold;
    double *alpha, *beta, *steps, *log_z, *scores, *confidences;
    float *shares;
    Py_ssize_t *best, *ends;
} Sums;

/* A layer of attention: matrices for x M, row by row in memory. */
typedef struct {
    const float *norm_1, *shift_1, *qkv, *out, *norm_2, *shift_2, *up, *up_bias, *down, *down_bias;
} Layer;

#define ROUND_UP(size) (((size) + 7) / 8 * 8) /* to whole vectors of floats */

/* WIDTH bytes are a vector, SUMS of which are summed at once. IN_REGISTER keeps one that is used
 * several times from being read each time. */
#define NAME(name) JOIN(name, plain)
#define WIDTH 32
#define SUMS 8
#define IN_REGISTER(vector)
#include "kernels.h"
#undef NAME
#undef IN_REGISTER

/* The same for processors that take 8 floats at once, and for those that take 16 and have twice the
 * registers; told apart when the program runs. */
enum { PLAIN, AVX2, AVX512 };
static int processor = PLAIN;
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define IN_REGISTER(vector) __asm__("" : "+v"(vector));
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#define NAME(name) JOIN(name, avx2)
#include "kernels.h"
#undef NAME
#pragma GCC pop_options
#undef WIDTH
#undef SUMS
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,prefer-vector-width=512")
#define NAME(name) JOIN(name, avx512)
#define WIDTH 64
#define SUMS 16
#include "kernels.h"
#undef NAME
#pragma GCC pop_options
#define RUN(name, ...) \
    (processor == AVX512 ? name##_avx512(__VA_ARGS__) \
        : processor == AVX2 ? name##_avx2(__VA_ARGS__) : name##_plain(__VA_ARGS__))

/* What the processor can. Those with AVX-512 and without its VBMI2 slow down where they use it. */
static int known(void)
{
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return PLAIN;
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2")
        ? AVX512 : AVX2;
}
#else
#define RUN(name, ...) name##_plain(__VA_ARGS__)

static int known(void)
{
    return PLAIN;
}
#endif

/* Arguments */

static void release(Held *held)
{
    while (held->count)
        PyBuffer_Release(&held->views[--held->count]);
}

/* Take an array of numbers of one of `kinds` (f float, d double, n index). Each of its `dims` sizes
 * is given by the pointer to a size, which is set where it is negative, and else must be met. */
static Py_buffer *take(Held *held, PyObject *array, const char *kinds, int flags, int dims, ...)
{
    Py_buffer *view = &held->views[held->count];
    if (held->count == MOST_HELD) {
        PyErr_SetString(PyExc_SystemError, "more arrays than MOST_HELD");
        return NULL;
    }
    if (PyObject_GetBuffer(array, view, flags | PyBUF_FORMAT))
        return NULL;
    held->count++;
    char kind = view->format ? view->format[strspn(view->format, "@=")] : 'B';
    if (strchr("lqi", kind) && view->itemsize == sizeof(Py_ssize_t))
        kind = 'n';
    if (!strchr(kinds, kind) || view->ndim != dims) {
        PyErr_Format(PyExc_TypeError, "argument array %d must have %d dimensions of %s, not %d of %c",
            held->count, dims, kinds, view->ndim, kind);
        return NULL;
    }
    if ((uintptr_t)view->buf % view->itemsize) {
        PyErr_Format(PyExc_ValueError, "argument array %d is not aligned", held->count);
        return NULL;
    }
    va_list sizes;
    va_start(sizes, dims);
    for (int d = 0; d < dims; d++) {
        Py_ssize_t *size = va_arg(sizes, Py_ssize_t *);
        if (*size < 0)
            *size = view->shape[d];
        if (*size != view->shape[d] || *size > LARGEST) {
            PyErr_Format(PyExc_ValueError, "argument array %d must have size %zd in dimension %d, not %zd",
                held->count, *size > LARGEST ? LARGEST : *size, d, view->shape[d]);
            va_end(sizes);
            return NULL;
        }
    }
    va_end(sizes);
    return view;
}

/* The numbers of a contiguous array: to read, to read unless it is None, to write. */
#define TAKE(to, kinds, flags, ...) \
    { \
        Py_buffer *view = take(held, to##_array, kinds, PyBUF_C_CONTIGUOUS | flags, __VA_ARGS__); \
        if (!view) \
            goto failed; \
        to = view->buf; \
    }
#define READ(to, kinds, ...) TAKE(to, kinds, 0, __VA_ARGS__)
#define READ_IF(to, kinds, ...) \
    if (to##_array != Py_None) \
        TAKE(to, kinds, 0, __VA_ARGS__)
#define WRITE(to, kinds, ...) TAKE(to, kinds, PyBUF_WRITABLE, __VA_ARGS__)

/* Floats (B, T, N) of any strides but that of the last dimension. */
static int take_words(
    Held *held, Words *words, PyObject *array, int flags, Py_ssize_t *B, Py_ssize_t *T, Py_ssize_t *N)
{
    Py_buffer *view = take(held, array, "f", flags | PyBUF_STRIDES, 3, B, T, N);
    if (!view)
        return -1;
    const Py_ssize_t unit = sizeof(float);
    if ((*N > 1 && view->strides[2] != unit) || view->strides[0] % unit || view->strides[1] % unit) {
        PyErr_SetString(PyExc_ValueError, "the units of a word must lie side by side");
        return -1;
    }
    *words = (Words){view->buf, view->strides[0] / unit, view->strides[1] / unit};
    return 0;
}

/* The number of an activation's name. */
static int number_of(PyObject *name, void *number)
{
    static const char *names[] = {"tanh", "relu", "linear"};
    for (int i = TANH; i <= LINEAR; i++)
        if (PyUnicode_Check(name) && !PyUnicode_CompareWithASCIIString(name, names[i])) {
            *(int *)number = i;
            return 1;
        }
    PyErr_Format(PyExc_ValueError, "activation must be tanh, relu or linear, got %R", name);
    return 0;
}

/* Indices must be in [least, most). */
static int check_indices(const Py_ssize_t *indices, Py_ssize_t count, Py_ssize_t least, Py_ssize_t most)
{
    for (Py_ssize_t i = 0; i < count; i++)
        if (indices[i] < least || indices[i] >= most) {
            PyErr_Format(PyExc_IndexError, "index %zd is not in [%zd, %zd)", indices[i], least, most);
            return -1;
        }
    return 0;
}

/* Of B utterances, the up to four that go through a loop together. */
static Words from(Words words, Py_ssize_t row)
{
    words.at += row * words.row;
    return words;
}

static int rows_from(Py_ssize_t row, Py_ssize_t size)
{
    return size - row < 4 ? (int)(size - row) : 4;
}

/* Functions */

static PyObject *add_up(PyObject *self, PyObject *args)
{
    PyObject *table_array, *list, *out_array;
    Py_ssize_t member, rows = -1, members = -1, places = -1, width = -1, B = -1, T = -1;
    Py_ssize_t *numbers = NULL;
    const float *table;
    float *out;
    Held own = {.count = 0}, *held = &own;
    PyObject *done = NULL;
    if (!PyArg_ParseTuple(args, "OO!nO", &table_array, &PyList_Type, &list, &member, &out_array))
        return NULL;
    READ(table, "f", 4, &rows, &members, &places, &width)
    WRITE(out, "f", 3, &B, &T, &width)
    if (PyList_GET_SIZE(list) != B * T) {
        PyErr_Format(PyExc_ValueError, "%zd rows of %zd words", PyList_GET_SIZE(list), B * T);
        goto failed;
    }
    numbers = PyMem_Malloc((B * T + 1) * sizeof(Py_ssize_t));
    if (!numbers) {
        PyErr_NoMemory();
        goto failed;
    }
    for (Py_ssize_t i = 0; i < B * T; i++) {
        numbers[i] = PyLong_AsSsize_t(PyList_GET_ITEM(list, i));
        if (numbers[i] == -1 && PyErr_Occurred())
            goto failed;
    }
    if (check_indices(numbers, B * T, 0, rows) || check_indices(&member, 1, 0, members))
        goto failed;
    Py_BEGIN_ALLOW_THREADS
    RUN(add_up, out, table, numbers, B, T, members, member, places, width);
    Py_END_ALLOW_THREADS
    done = Py_NewRef(Py_None);
failed:
    PyMem_Free(numbers);
    release(held);
    return done;
}

static PyObject *affine(PyObject *self, PyObject *args)
{
    PyObject *x_array, *M_array, *b_array, *y_array;
    Py_ssize_t B = -1, T = -1, D = -1, H = -1;
    const float *x, *M, *b;
    float *y;
    Held own = {.count = 0}, *held = &own;
    PyObject *done = NULL;
    if (!PyArg_ParseTuple(args, "OOOO", &x_array, &M_array, &b_array, &y_array))
        return NULL;
    READ(x, "f", 3, &B, &T, &D)
    READ(M, "f", 2, &D, &H)
    READ(b, "f", 1, &H)
    WRITE(y, "f", 3, &B, &T, &H)
    Py_BEGIN_ALLOW_THREADS
    RUN(affine, y, x, M, b, B * T, D, H);
    Py_END_ALLOW_THREADS
    done = Py_NewRef(Py_None);
failed:
    release(held);
    return done;
}

static PyObject *all_finite(PyObject *self, PyObject *logits_array)
{
    Py_ssize_t B = -1, T = -1, K = -1;
    const int32_t *logits, all = 0x7f800000; /* the bits of the exponent */
    int32_t found = 0;
    Held own = {.count = 0}, *held = &own;
    PyObject *done = NULL;
    READ(logits, "f", 3, &B, &T, &K)
    for (Py_ssize_t i = 0; i < B * T * K; i++)
        found |= (logits[i] & all) == all;
    done = PyBool_FromLong(!found);
failed:
    release(held);
    return done;
}

static PyObject *convolution(PyObject *self, PyObject *args)
{
    PyObject *x_array, *W_array, *b_array, *h_array;
    Py_ssize_t B = -1, T = -1, D = -1, H = -1, width;
    int add;
    const float *x, *W = NULL, *b;
    float *h;
    Held own = {.count = 0}, *held = &own;
    PyObject *done = NULL;
    if (!PyArg_ParseTuple(
            args, "OOOnpO", &x_array, &W_array, &b_array, &width, &add, &h_array))
        return NULL;
    READ(x, "f", 3, &B, &T, &D)
    READ(b, "f", 1, &H)
    WRITE(h, "f", 3, &B, &T, &H)
    READ_IF(W, "f", 3, &width, &D, &H)
    if ((!W && (width < 1 || width > D || D != width * H)) || (add && D != H)) {
        PyErr_SetString(PyExc_ValueError, "x has another width");
        goto failed;
    }
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t u = 0; u < B; u++)
        RUN(convolution, h + u * T * H, x + u * T * D, W, b, T, D, H, width, add);
    Py_END_ALLOW_THREADS
    done = Py_NewRef(Py_None);
failed:
    release(held);
    return done;
}

static PyObject *norm(PyObject *self, PyObject *args)
{
    PyObject *x_array, *scale_array, *shift_array, *y_array;
    Py_ssize_t B = -1, T = -1, H = -1;
    const float *x, *scale, *shift;
    float *y;
    Held own = {.count = 0}, *held = &own;
    PyObject *done = NULL;
    if (!PyArg_ParseTuple(args, "OOOO", &x_array, &scale_array, &shift_array, &y_array))
        return NULL;
    READ(x, "f", 3, &B, &T, &H)
    READ(scale, "f", 1, &H)
    READ(shift, "f", 1, &H)
    WRITE(y, "f", 3, &B, &T, &H)
    Py_BEGIN_ALLOW_THREADS
    RUN(norm, y, x, scale, shift, B * T, H);
    Py_END_ALLOW_THREADS
    done = Py_NewRef(Py_None);
failed:
    release(held);
    return done;
}

static PyObject *attention(PyObject *self, PyObject *args)
{
    PyObject *x_array, *norm_1_array, *shift_1_array, *qkv_array, *out_array, *norm_2_array,
        *shift_2_array, *up_array, *up_bias_array, *down_array, *down_bias_array, *allowed_array;
    Py_ssize_t B = -1, T = -1, H = -1, heads, reach, triple, twice;
    const float *norm_1, *shift_1, *qkv, *out, *norm_2, *shift_2, *up, *up_bias, *down, *down_bias;
    const char *allowed = NULL;
    float *x, *room = NULL;
    Held own = {.count = 0}, *held = &own;
    PyObject *done = NULL;
    if (!PyArg_ParseTuple(args, "O(OOOOOOOOOO)nnO", &x_array, &norm_1_array, &shift_1_array,
            &qkv_array, &out_array, &norm_2_array, &shift_2_array, &up_array, &up_bias_array,
            &down_array, &down_bias_array, &heads, &reach, &allowed_array))
        return NULL;
    WRITE(x, "f", 3, &B, &T, &H)
    triple = 3 * H;
    twice = 2 * H;
    READ(norm_1, "f", 1, &H)
    READ(shift_1, "f", 1, &H)
    READ(qkv, "f", 2, &H, &triple)
    READ(out, "f", 2, &H, &H)
    READ(norm_2, "f", 1, &H)
    READ(shift_2, "f", 1, &H)
    READ(up, "f", 2, &H, &twice)
    READ(up_bias, "f", 1, &twice)
    READ(down, "f", 2, &twice, &H)
    READ(down_bias, "f", 1, &H)
    READ_IF(allowed, "?", 2, &T, &T)
    if (heads < 1 || heads > H || H % heads || reach < 0) {
        PyErr_SetString(PyExc_ValueError, "heads must divide the units, and reach be 0 or more");
        goto failed;
    }
    const Py_ssize_t d = H / heads, wide = ROUND_UP(T), deep = ROUND_UP(d);
    room = PyMem_RawMalloc((5 * T * H + (d + 5) * wide + (T + 4) * deep) * sizeof(float));
    if (!room) {
        PyErr_NoMemory();
        goto failed;
    }
    const Layer of = {norm_1, shift_1, qkv, out, norm_2, shift_2, up, up_bias, down, down_bias};
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t b = 0; b < B; b++)
        RUN(attention, x + b * T * H, &of, T, H, heads, reach, allowed, room);
    Py_END_ALLOW_THREADS
    done = Py_NewRef(Py_None);
failed:
    PyMem_RawFree(room);
    release(held);
    return done;
}

static PyObject *elman(PyObject *self, PyObject *args)
{
    PyObject *seen_array, *U_array, *out_array;
    Py_ssize_t B = -1, T = -1, H = -1;
    const float *U = NULL;
    int activation;
    Words seen, out;
    Held own = {.count = 0}, *held = &own;
    PyObject *done = NULL;
    if (!PyArg_ParseTuple(
            args, "OOO&O", &seen_array, &U_array, number_of, &activation, &out_array))
        return NULL;
    if (take_words(held, &seen, seen_array, 0, &B, &T, &H))
        goto failed;
    READ(U, "f", 2, &H, &H)
    if (take_words(held, &out, out_array, PyBUF_WRITABLE, &B, &T, &H))
        goto failed;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t b = 0; b < B; b += 4)
        RUN(elman, from(out, b), from(seen, b), U, T, H, activation, rows_from(b, B));
    Py_END_ALLOW_THREADS
    done = Py_NewRef(Py_None);
failed:
    release(held);
    return done;
}

static PyObject *jordan(PyObject *self, PyObject *args)
{
    PyObject *seen_array, *V_array, *O_array, *c_array, *out_array, *logits_array,
        *kept_array = Py_None;
    Py_ssize_t B = -1, T = -1, H = -1, K = -1;
    const float *V = NULL, *O = NULL, *c = NULL;
    float *y = NULL;
    Words seen, out, logits, kept = {NULL, 0, 0};
    Held own = {.count = 0}, *held = &own;
    PyObject *done = NULL;
    if (!PyArg_ParseTuple(args, "OOOOOO|O", &seen_array, &V_array, &O_array, &c_array, &out_array,
            &logits_array, &kept_array))
        return NULL;
    if (take_words(held, &seen, seen_array, 0, &B, &T, &H)
        || (kept_array != Py_None && take_words(held, &kept, kept_array, 0, &B, &T, &H)))
        goto failed;
    READ(V, "f", 2, &K, &H)
    READ(O, "f", 2, &H, &K)
    READ(c, "f", 1, &K)
    if (!K) {
        PyErr_SetString(PyExc_ValueError, "there must be a tag");
        goto failed;
    }
    if (take_words(held, &out, out_array, PyBUF_WRITABLE, &B, &T, &H)
        || take_words(held, &logits, logits_array, PyBUF_WRITABLE, &B, &T, &K))
        goto failed;
    y = PyMem_RawMalloc((4 * K + 1) * sizeof(float));
    if (!y) {
        PyErr_NoMemory();
        goto failed;
    }
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t b = 0; b < B; b += 4)
        RUN(jordan, from(out, b), from(logits, b), from(seen, b), kept.at ? from(kept, b) : kept, V,
            O, c, T, H, K, y, rows_from(b, B));
    Py_END_ALLOW_THREADS
    done = Py_NewRef(Py_None);
failed:
    PyMem_RawFree(y);
    release(held);
    return done;
}

/* The weights of an LSTM's memory, unless they are None: U (rows, columns), and C alike or diagonal,
 * a row of 4H. */
static int take_memory(
    Held *held, PyObject *U_array, PyObject *C_array, Py_ssize_t rows, Py_ssize_t columns,
    const float **U, const float **C, int *diagonal)
{
    Py_ssize_t C_rows = -1, C_columns = -1;
    Py_buffer *view;
    if (U_array != Py_None) {
        if (!(view = take(held, U_array, "f", PyBUF_C_CONTIGUOUS, 2, &rows, &columns)))
            return -1;
        *U = view->buf;
    }
    if (C_array != Py_None) {
        if (!(view = take(held, C_array, "f", PyBUF_C_CONTIGUOUS, 2, &C_rows, &C_columns)))
            return -1;
        *C = view->buf;
        *diagonal = C_rows == 1 && C_columns == (rows > columns ? rows : columns);
        if (!*diagonal && (C_rows != rows || C_columns != columns)) {
            PyErr_SetString(PyExc_ValueError, "C must be of the shape of U, or a row");
            return -1;
        }
    }
    return 0;
}

static PyObject *lstm(PyObject *self, PyObject *args)
{
    PyObject *seen_array, *U_array, *C_array, *out_array, *gates_array = Py_None,
        *cells_array = Py_None;
    Py_ssize_t B = -1, T = -1, H = -1, blocks, steps;
    const float *U = NULL, *C = NULL;
    float *room = NULL;
    int activation, diagonal = 0;
    Words seen, out, gates, cells;
    Held own = {.count = 0}, *held = &own;
    PyObject *done = NULL;
    if (!PyArg_ParseTuple(args, "OOOO&O|OO", &seen_array, &U_array, &C_array, number_of, &activation,
            &out_array, &gates_array, &cells_array))
        return NULL;
    if (take_words(held, &out, out_array, PyBUF_WRITABLE, &B, &T, &H))
        goto failed;
    blocks = 4 * H;
    steps = T + 1;
    if (take_words(held, &seen, seen_array, 0, &B, &T, &blocks)
        || take_memory(held, U_array, C_array, H, blocks, &U, &C, &diagonal))
        goto failed;
    const int kept = gates_array != Py_None;
    if (kept) {
        if (take_words(held, &gates, gates_array, PyBUF_WRITABLE, &B, &T, &blocks)
            || take_words(held, &cells, cells_array, PyBUF_WRITABLE, &B, &steps, &H))
            goto failed;
    } else {
        room = PyMem_RawMalloc((4 * (blocks + H) + 1) * sizeof(float));
        if (!room) {
            PyErr_NoMemory();
            goto failed;
        }
        gates = (Words){room, blocks, 0};
        cells = (Words){room + 4 * blocks, H, 0};
    }
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t b = 0; b < B; b += 4)
        RUN(lstm, from(out, b), kept ? from(gates, b) : gates, kept ? from(cells, b) : cells,
            from(seen, b), U, C, diagonal, T, H, activation, rows_from(b, B));
    Py_END_ALLOW_THREADS
    done = Py_NewRef(Py_None);
failed:
    PyMem_RawFree(room);
    release(held);
    return done;
}

static const char CHAIN[] = "slotkit.loops.loops.chain";

static void forget(PyObject *capsule)
{
    Chain *chain = PyCapsule_GetPointer(capsule, CHAIN);
    for (Py_ssize_t k = 0; k < chain->tags; k++)
        Py_XDECREF(chain->names[k]);
    PyMem_Free(chain->names);
    PyMem_Free(chain->indices);
    release(&chain->held);
    PyMem_Free(chain);
}

/* Copy indices to a place, which moves on behind them; return the copy. */
static const Py_ssize_t *keep(Py_ssize_t **place, const Py_ssize_t *indices, Py_ssize_t count)
{
    Py_ssize_t *copy = *place;
    memcpy(copy, indices, count * sizeof(Py_ssize_t));
    *place += count;
    return copy;
}

static PyObject *chain(PyObject *self, PyObject *args)
{
    PyObject *names, *moves_array, *moves_back_array, *transitions_array, *start_array, *end_array,
        *first_array, *close_array, *enter_array, *stay_array, *others_array, *inside_array,
        *begins_array, *number_array, *follower_array, *capsule;
    const double *moves = NULL, *moves_back = NULL, *transitions = NULL, *start = NULL,
                 *end = NULL, *first, *close, *enter, *stay;
    const Py_ssize_t *others, *inside, *begins, *number, *follower;
    Py_ssize_t K = -1, I = -1, J = -1, *indices;
    Chain *made = PyMem_Calloc(1, sizeof(Chain));
    if (!made)
        return PyErr_NoMemory();
    Held *held = &made->held;
    if (!PyArg_ParseTuple(args, "O!OOOOOOOOOOOOOOddddd", &PyList_Type, &names, &moves_array,
            &moves_back_array, &transitions_array, &start_array, &end_array, &first_array,
            &close_array, &enter_array, &stay_array, &others_array, &inside_array, &begins_array,
            &number_array, &follower_array, &made->temperature, &made->shift, &made->shift_of_ends,
            &made->apart, &made->widest))
        goto failed;
    READ(first, "d", 1, &K)
    READ(close, "d", 1, &K)
    READ(others, "n", 1, &J)
    READ(inside, "n", 1, &I)
    READ(begins, "n", 1, &I)
    READ(number, "n", 1, &K)
    READ(follower, "n", 1, &K)
    READ(enter, "d", 1, &I)
    READ(stay, "d", 1, &I)
    READ_IF(moves, "d", 2, &K, &J)
    if (moves) {
        READ(moves_back, "d", 2, &J, &K)
        READ(transitions, "d", 2, &K, &K)
        READ(start, "d", 1, &K)
        READ(end, "d", 1, &K)
    }
    if (!K || PyList_GET_SIZE(names) != K) {
        PyErr_SetString(PyExc_ValueError, "there must be a tag, and a name for every tag");
        goto failed;
    }
    if (I > K || J > K) {
        PyErr_SetString(PyExc_ValueError, "more indices than tags");
        goto failed;
    }
    indices = made->indices = PyMem_Malloc((J + 2 * I + 2 * K) * sizeof(Py_ssize_t));
    if (!indices) {
        PyErr_NoMemory();
        goto failed;
    }
    others = keep(&indices, others, J);
    inside = keep(&indices, inside, I);
    begins = keep(&indices, begins, I);
    number = keep(&indices, number, K);
    follower = keep(&indices, follower, K);
    if (check_indices(others, J, 0, K) || check_indices(inside, I, 0, K)
        || check_indices(begins, I, 0, K) || check_indices(number, K, -1, I)
        || check_indices(follower, K, -1, I))
        goto failed;
    made->names = PyMem_Calloc(K, sizeof(PyObject *));
    if (!made->names) {
        PyErr_NoMemory();
        goto failed;
    }
    capsule = PyCapsule_New(made, CHAIN, forget);
    if (!capsule)
        goto failed;
    *made = (Chain){moves, moves_back, transitions, start, end, first, close, enter, stay, others,
        inside, begins, number, follower, K, J, I, made->temperature, made->shift,
        made->shift_of_ends, made->apart, made->widest, made->names,
        made->indices, made->held};
    for (Py_ssize_t k = 0; k < K; k++)
        if (PyList_GET_ITEM(names, k) != Py_None)
            made->names[k] = Py_NewRef(PyList_GET_ITEM(names, k));
    return capsule;
failed:
    PyMem_Free(made->names);
    PyMem_Free(made->indices);
    release(held);
    PyMem_Free(made);
    return NULL;
}

/* The same from an utterance on. */
static Sums of(const Sums *to, Py_ssize_t b, Py_ssize_t T, Py_ssize_t K)
{
    const Py_ssize_t at = b * T * K;
    return (Sums){to->single ? to->single + at : NULL, to->twofold ? to->twofold + at : NULL,
        to->alpha + at, to->beta + at, to->steps + at, to->log_z + b, to->scores + b,
        to->confidences + b * T, to->shares + at, to->best + b * T, to->ends + b * T};
}

/* (log Z, score, best tags, spans of these) of an utterance. */
static PyObject *told(const Sums *to, const Chain *chain, Py_ssize_t length)
{
    PyObject *tags = PyList_New(length), *spans = PyList_New(0);
    for (Py_ssize_t t = 0; tags && spans && t < length; t++) {
        PyObject *name = chain->names[to->best[t]], *tag = PyLong_FromSsize_t(to->best[t]);
        PyList_SET_ITEM(tags, t, tag);
        PyObject *span = name && tag
            ? Py_BuildValue("(nnOd)", t, to->ends[t], name, to->confidences[t]) : NULL;
        if (!tag || (name && !span) || (span && PyList_Append(spans, span)))
            Py_CLEAR(spans);
        Py_XDECREF(span);
    }
    if (tags && spans)
        return Py_BuildValue("(ddNN)", *to->log_z, *to->scores, tags, spans);
    Py_XDECREF(tags);
    Py_XDECREF(spans);
    return NULL;
}

static PyObject *sums(PyObject *self, PyObject *args)
{
    PyObject *logits_array, *capsule, *all_array, *shares_array, *found = NULL;
    Py_ssize_t B = -1, T = -1, K, three = 3;
    const void *logits;
    double *all, *room = NULL;
    float *shares;
    Held own = {.count = 0}, *held = &own;
    if (!PyArg_ParseTuple(args, "OOOO", &logits_array, &capsule, &all_array, &shares_array))
        return NULL;
    const Chain *chain = PyCapsule_GetPointer(capsule, CHAIN);
    if (!chain)
        return NULL;
    K = chain->tags;
    READ(logits, "fd", 3, &B, &T, &K)
    const int single = own.views[0].itemsize == sizeof(float);
    WRITE(all, "d", 4, &three, &B, &T, &K)
    WRITE(shares, "f", 3, &B, &T, &K)
    if (!T) {
        PyErr_SetString(PyExc_ValueError, "there must be a word");
        goto failed;
    }
    room = PyMem_RawMalloc((2 * B + B * T + 8 * K) * sizeof(double)
        + (2 * B * T + T) * sizeof(Py_ssize_t) + T * chain->num_inside);
    if (!room) {
        PyErr_NoMemory();
        goto failed;
    }
    double *log_z = room + 8 * K;
    Py_ssize_t *best = (Py_ssize_t *)(log_z + 2 * B + B * T), *tops = best + 2 * B * T;
    const Py_ssize_t whole = B * T * K;
    Sums to = {single ? logits : NULL, single ? NULL : logits, all, all + whole, all + 2 * whole,
        log_z, log_z + B, log_z + 2 * B, shares, best, best + B * T};
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t b = 0; b < B; b += 4) {
        const Sums some = of(&to, b, T, K);
        RUN(sums, &some, chain, T, room, tops, (char *)(tops + T), rows_from(b, B));
    }
    Py_END_ALLOW_THREADS
    found = PyList_New(B);
    for (Py_ssize_t b = 0; found && b < B; b++) {
        const Sums one = of(&to, b, T, K);
        PyObject *all_told = told(&one, chain, T);
        PyList_SET_ITEM(found, b, all_told);
        if (!all_told)
            Py_CLEAR(found);
    }
failed:
    PyMem_RawFree(room);
    release(held);
    return found;
}

static PyObject *use_at_most(PyObject *self, PyObject *args)
{
    int most;
    if (!PyArg_ParseTuple(args, "i", &most))
        return NULL;
    processor = most < known() ? most : known();
    return PyLong_FromLong(processor);
}

static PyMethodDef functions[] = {
    {"add_up", add_up, METH_VARARGS, NULL},
    {"affine", affine, METH_VARARGS, NULL},
    {"all_finite", all_finite, METH_O, NULL},
    {"attention", attention, METH_VARARGS, NULL},
    {"chain", chain, METH_VARARGS, NULL},
    {"convolution", convolution, METH_VARARGS, NULL},
    {"elman", elman, METH_VARARGS, NULL},
    {"jordan", jordan, METH_VARARGS, NULL},
    {"lstm", lstm, METH_VARARGS, NULL},
    {"norm", norm, METH_VARARGS, NULL},
    {"sums", sums, METH_VARARGS, NULL},
    {"use_at_most", use_at_most, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "loops",
    .m_doc = "The loops over words in C; see loops.pyi.",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit_loops(void)
{
    processor = known();
    return PyModule_Create(&module);
}
