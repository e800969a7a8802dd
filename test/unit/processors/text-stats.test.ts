import { describe, expect, it } from 'vitest';
import { textStats } from '../../../shared/processors/text-stats.ts';
import { processorInput } from '../../support/processor-input.ts';

const stats = (bytes: Buffer | string): Promise<unknown> =>
  textStats.run(
    processorInput(textStats, Buffer.from(bytes as string), { type: 'text/plain' }).input,
  );

describe('text-stats', () => {
  it.each([
    ['', { lines: 0, words: 0, characters: 0, lineEnds: 'none' }],
    ['one', { lines: 1, words: 1, characters: 3, lineEnds: 'none' }],
    ['one\n', { lines: 1, words: 1, characters: 4, lineEnds: 'lf' }],
    ['a b\r\nc\r\n', { lines: 2, words: 3, characters: 8, lineEnds: 'crlf' }],
    ['a\rb\r', { lines: 2, words: 2, lineEnds: 'cr' }],
    ['a\nb\r\n', { lines: 2, lineEnds: 'mixed' }],
    ['zwölf Bären', { words: 2, characters: 11 }],
    ['a😀b', { words: 1, characters: 3 }],
    ['a\u3000b\u00a0c', { words: 2 }],
  ])('counts %j', async (text, counts) => {
    expect(await stats(text)).toMatchObject(counts);
  });

  it('leaves the byte-order mark out of the characters', async () => {
    expect(await stats('\ufeffab')).toMatchObject({ encoding: 'utf-8', bom: true, characters: 2 });
    expect(await stats(Buffer.from('\ufeffab', 'utf16le'))).toMatchObject({
      encoding: 'utf-16le',
      bom: true,
      characters: 2,
    });
  });

  it('counts bytes that the encoding does not know', async () => {
    const broken = Buffer.concat([
      Buffer.from(`${'ä'.repeat(40_000)} `),
      Buffer.from([0xff]),
      Buffer.from(' b'),
    ]);

    expect(await stats(broken)).toMatchObject({ encoding: 'utf-8', undecodable: 1, words: 3 });
  });

  it('refuses bytes that are no text', async () => {
    await expect(stats(Buffer.from([1, 2, 3, 0, 200, 0, 255]))).rejects.toMatchObject({
      code: 'corrupt',
    });
  });
});

describe('the beginning of a text', () => {
  const beginning = async (bytes: Buffer | string, type = 'text/plain') => {
    const { input } = processorInput(textStats, Buffer.from(bytes as string), { type });
    return ((await textStats.run(input)) as { readonly beginning: string | null }).beginning;
  };

  it('is told as it is, in whatever encoding it is written', async () => {
    expect(await beginning('')).toBe('');
    expect(await beginning('one\r\ntwo\t<b>"\n')).toBe('one\r\ntwo\t<b>"\n');
    expect(await beginning(Buffer.from('\ufeffzwölf', 'utf16le'))).toBe('zwölf');
    expect(await beginning('<html><p>x</p></html>', 'text/html')).toBe('<html><p>x</p></html>');
  });

  it.each(['a', 'ö', '\n', '"', '😀', 'word \u001b', 'a😀'])(
    'has 512 bytes of JSON at most, and no half character: %j',
    async (unit) => {
      const text = unit.repeat(5_000);

      const told = (await beginning(text)) ?? '';

      const bytes = Buffer.byteLength(JSON.stringify(told)) - 2;
      expect(text.startsWith(told)).toBe(true);
      expect(told).not.toMatch(/\p{Surrogate}/u);
      expect(bytes).toBeLessThanOrEqual(512);
      expect(bytes).toBeGreaterThan(512 - 8);
    },
  );

  it.each(['text/csv', 'text/tab-separated-values', 'application/json', 'image/svg+xml'])(
    'is not told of %s: another step shows what it holds',
    async (type) => {
      expect(await beginning('[1, 2]', type)).toBeNull();
    },
  );
});

describe('the language of a text', () => {
  it.each([
    [
      'en',
      'When we came back from the harbour it was already dark, and nobody had lit the lamps in the street. My sister asked whether we should wait for the others, but I thought that they would find the way on their own. In the kitchen there was still some soup, and we sat down and ate without saying much.',
    ],
    [
      'de',
      'Als wir vom Hafen zurückkamen, war es schon dunkel, und niemand hatte die Lampen in der Straße angezündet. Meine Schwester fragte, ob wir auf die anderen warten sollten, aber ich dachte, dass sie den Weg auch allein finden würden. In der Küche stand noch etwas Suppe, und wir setzten uns und aßen, ohne viel zu sagen.',
    ],
    [
      'fr',
      "Quand nous sommes revenus du port, il faisait déjà nuit, et personne n'avait allumé les lampes dans la rue. Ma sœur a demandé si nous devions attendre les autres, mais je pensais qu'ils trouveraient le chemin tout seuls. Dans la cuisine il restait un peu de soupe, et nous avons mangé sans dire grand-chose.",
    ],
    [
      'es',
      'Cuando volvimos del puerto ya era de noche, y nadie había encendido las lámparas de la calle. Mi hermana preguntó si debíamos esperar a los demás, pero yo pensaba que encontrarían el camino por su cuenta. En la cocina quedaba todavía un poco de sopa, y nos sentamos a comer sin decir gran cosa.',
    ],
    [
      'it',
      'Quando tornammo dal porto era già buio, e nessuno aveva acceso le lampade nella strada. Mia sorella chiese se dovevamo aspettare gli altri, ma io pensavo che avrebbero trovato la via da soli. In cucina c’era ancora un po’ di minestra, e ci sedemmo a mangiare senza dire molto.',
    ],
    [
      'pt',
      'Quando voltámos do porto já era noite, e ninguém tinha acendido as lâmpadas da rua. A minha irmã perguntou se devíamos esperar pelos outros, mas eu pensava que eles encontrariam o caminho sozinhos. Na cozinha ainda havia um pouco de sopa, e sentámo-nos a comer sem dizer muita coisa.',
    ],
    [
      'nl',
      'Toen wij van de haven terugkwamen, was het al donker, en niemand had de lampen in de straat aangestoken. Mijn zus vroeg of wij op de anderen moesten wachten, maar ik dacht dat zij de weg ook alleen zouden vinden. In de keuken stond nog wat soep, en wij gingen zitten en aten zonder veel te zeggen.',
    ],
    [
      'pl',
      'Kiedy wróciliśmy z portu, było już ciemno i nikt nie zapalił lamp na ulicy. Moja siostra zapytała, czy powinniśmy zaczekać na innych, ale ja myślałem, że sami znajdą drogę. W kuchni zostało jeszcze trochę zupy, więc usiedliśmy i jedliśmy, nie mówiąc wiele.',
    ],
    [
      'ru',
      'Когда мы вернулись из порта, было уже темно, и никто не зажёг фонари на улице. Моя сестра спросила, надо ли нам ждать остальных, но я думал, что они и сами найдут дорогу. На кухне ещё оставалось немного супа, и мы сели и ели, почти ничего не говоря.',
    ],
    [
      'tr',
      'Limandan döndüğümüzde hava çoktan kararmıştı ve kimse sokaktaki lambaları yakmamıştı. Kız kardeşim diğerlerini beklememiz gerekip gerekmediğini sordu, ama ben yolu kendi başlarına bulacaklarını düşünüyordum. Mutfakta hâlâ biraz çorba vardı, oturduk ve pek konuşmadan yedik.',
    ],
    [
      'sv',
      'När vi kom tillbaka från hamnen var det redan mörkt, och ingen hade tänt lamporna på gatan. Min syster frågade om vi skulle vänta på de andra, men jag tänkte att de nog skulle hitta vägen själva. I köket fanns det fortfarande lite soppa, och vi satte oss och åt utan att säga så mycket.',
    ],
    [
      'ja',
      '港から戻ってきたときには、もう暗くなっていて、通りの明かりは誰もつけていなかった。妹は他の人たちを待つべきかと聞いたが、私は彼らが自分で道を見つけるだろうと思った。',
    ],
    [
      'zh',
      '我们从港口回来的时候天已经黑了，街上的灯也没有人点。妹妹问我们要不要等其他人，可是我觉得他们自己会找到路。厨房里还剩一点汤，我们就坐下来吃，没有说太多话。',
    ],
    [
      'ar',
      'عندما عدنا من الميناء كان الظلام قد حل، ولم يكن أحد قد أضاء المصابيح في الشارع. سألت أختي إن كان علينا أن ننتظر الآخرين، لكنني ظننت أنهم سيجدون الطريق بأنفسهم.',
    ],
    [
      'el',
      'Όταν γυρίσαμε από το λιμάνι είχε ήδη σκοτεινιάσει, και κανείς δεν είχε ανάψει τις λάμπες στον δρόμο.',
    ],
  ])('is %s', async (language, text) => {
    const found = (await stats(text)) as { readonly languageLead: number };

    expect(found).toMatchObject({ language });
    expect(found.languageLead).toBeGreaterThan(0.01);
    expect(await stats(Buffer.from(`\ufeff${text}`, 'utf16le'))).toMatchObject({ language });
  });

  it.each([
    ['a few words', 'Hello, world'],
    ['numbers', '1.5 2.5 3.5\n'.repeat(200)],
    ['what only looks like words', Buffer.from('no language at all'.repeat(9)).toString('base64')],
  ])('is not told of %s', async (_, text) => {
    expect(await stats(text)).toMatchObject({ language: 'und', languageLead: null });
  });

  it('is asked of prose alone', async () => {
    const text = Buffer.from(
      `{"text":"${'When we came back from the harbour it was dark. '.repeat(9)}"}`,
    );
    const { input } = processorInput(textStats, text, { type: 'application/json' });

    expect(await textStats.run(input)).toMatchObject({ language: 'und' });
  });
});
