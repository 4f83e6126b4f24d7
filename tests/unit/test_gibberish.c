/* test_gibberish.c - local parts that people choose, and such that nobody would (requirement D4)
 * None of these names was counted for the table: build-aux/gibberish/names.txt has others. */
#include "unit.h"

#include "policy/gibberish.h"

static const char HUMAN[] =
        "yamamoto.t kshinji t.nakagome hmatsuzaka s-kuribayashi yoshinaga_m mikihisa nagasawa.keita ryunosuke shunsuke.oguri "
        "kzhirayama tkondou suzukiyuki hoshikawa3 mtsukioka atsuhiko.n wakana1987 kyohei-s hnishizawa asuka_hirosawa "
        "jun.tatsumi daigo.kume momoka tsuyoshi-m yhonjo rokuro.ebihara sayaka.inagaki nobuyuki kawashima2 otani.kz kenshin "
        "hayato_sugawa mitsuhashi tsuruoka.y chikara-o fumihiro.n ryoma.iseki shintaro.mk ykamimura h-tsukuda minako.oe satsuki77 "
        "genichiro jinbo.kenta shizuka.tsn nshirakawa tomohisa99 kiyotaka.u yurie_mochi sakurako eisuke.hb mhisamatsu "
        "jbloggs mary.contrary p.higginbotham rwhitmore tkirkpatrick awainwright dfeatherstone c.wordsworth egoldsmith nthistlewood "
        "jeremiah.stokes maxwell.k bkowalchuk rstrickland f.cholmondeley mworthington lhawthorne stephen.hawk hmcallister ocrawley "
        "gwyneth.pryce rhys.llewelyn siobhan.okeefe aoife.brennan padraig.mcg niamh eoin.gallagher catriona.mckay hamish.sutherland "
        "jacobsthal rtolkien cs.lewiston agathac pgwodehouse dsayers jkrowntree tspratchett dnadams haclarke iasimov rbradbury "
        "wgibbons nstephenson lmbujold ulguin pkdickson rheinlein fherbert orscard gkchester edgarpoe wwhitman hdthoreau rwemerson "
        "jfkeating rmnixson lbjohns htrumann ddeisen hhoover ccoolidge wgharding twilson tboosevelt bharrison gcleveland "
        "fritz.wanninger j.brunnthaler hschnitzler mkirschstein w.herbstritt u-schlichting gschwindt rpfrommer t.achleitner k.oberhuber "
        "b.zwickl annegret.stolze juergen.wrk hkretschmar mrothschild e.birnbacher schwarzkopf.h dkirchhoff lschwaighofer f.knoblauch "
        "hans-joachim.wk ottokar.v bschlegel akuntze pstraubinger fhirschfeld nreichstein gmuehlbauer tfuerst jwolkenstein rzschoche "
        "anneliese friedhelm waltraud.m guntram eckehard.b siegbert ortrun hannelore.w irmgard gerlinde.st traudel wiltrud "
        "mlefebvre jp.marchand t.beauregard sbouchard clemence.gir fdelacroix n.chevalier gvaillancourt aurelien.k pascaline thibault.r "
        "dvandenberg w.vanderlinde jdejong bvanwijk mkuipers hdegroot pieter.hv jvandijk svandermeer tijmen.b "
        "mbianchi gferrante l.castellani paolino.r sgiuliani chiara.esp vdibenedetto tmarchetti fzanardi fgiordano "
        "jmontoya rvillanueva p.etxeberria icalderon lzapata mcervantes agutierrez7 jlborges pneruda fgarcialorca "
        "oskarsson.p bengt.ny thorvald.h ilindqvist mkristiansen s.bjerregaard hvestergaard esorensen knudsen5 ajokinen pvirtanen "
        "wszymanski m.przybylski kwojcik jdabrowski tzielinski bkrawczyk pszczepaniak vhrdlicka jprochazka mnemec zkratochvil "
        "aivashchenko dkovalenko oshevchuk nmedvedev ysokolov vzhukov esidorova ptchaikov sprokofiev drachman "
        "sbhattacharya pkrishnan vsubramaniam rchatterjee amukherjee nagarjun tvenkat dmukesh schandra kprasad "
        "jzhao93 ltsang xiaoming.w qinghua hyunwoo.p sjkim88 mhlee2 dnguyen04 ttran-phu phuongle "
        "info2 sales-uk it-support press.office no-reply donotreply helpme subscriptions orders2024 billing-eu accounts.payable "
        "hr-team bookings frontdesk enquire customercare techsupport devops sysadmin noc soc-alerts netops dnsadmin listmaster "
        "majordomo ezmlm cron-daemon www-data mysql jenkins gitlab buildbot nightly ci-status nagios zabbix monitoring "
        "coolguy99 sk8erboy dragonfly77 bluemoon starlight2 moonwalker sunflower12 redsox04 metalhead xfiles4ever bookworm "
        "catlover88 greenthumb guitarhero pianoman fishing4fun drummer1 jazzfan oldtimer nightowl earlybird snowflake "
        "john1965 mike007 anna.b tom_h jd123 abc xyz bmw325 r2d2 hal9000 ks1234 mt55 jsmith42 dave-w lee kwh h2o nasa1 q "
        ;
static const char GIBBERISH[] =
        /* of the administrators whose log this began with */
        "kdkfjiusdh kdfjoisfdjioe efehiuhe "
        "sdfkjhsdf qwrtpsdfg xkjhvbzq asdkjhqwe zxcvbnmlk hgfjdksl wqeoriuzx lkjhgfdsa "
        "dkfjghdk vbnxmzcl qpwoeiruty gjhgjhgj fghfghdf xcvxcvsd jklfdsaj uiouewrj sdlfkjwe mnbvcxza tgbyhnuj ikjuhygt rfvtgbyhn "
        "a8k3m9x1q z9x8c7v6b q1w2e3r4t5 x7gh2kd9 k3jh4k5j2 p0o9i8u7y 7fj3kd92ls wzqxvkjp bcdfghjk ptkgbdzx oiuwerkjsd ieurhgkjd "
        "eiufhsdk ksjdhfiu wuehfkjsd ouwehriuw djfhgkei aksjdhqw vkjbsdfi skdjfhsk dfkghdfg owieurjf zmxncbvl "
        ;

static bool judge(const char *name)
{
        char *block = exact(name, strlen(name));
        bool is = is_gibberish(block, strlen(name));
        g_free(block);
        return is;
}

/* Fewer than 2 in 100 of what people choose may look like it. */
static void test_human(void **state)
{
        char **names = g_strsplit(HUMAN, " ", -1);
        guint tried = 0, hits = 0;
        for (char **name = names; *name; name++) {
                if (!**name)
                        continue;
                tried++;
                if (judge(*name)) {
                        hits++;
                        print_message("# looks like gibberish: %s (%d)\n", *name, gibberish_score(*name, strlen(*name)));
                }
        }
        print_message("# %u of %u\n", hits, tried);
        assert_in_range(tried, 300, 1000);
        assert_true(hits * 100 < tried * 2);
        g_strfreev(names);
}

static void test_gibberish(void **state)
{
        char **names = g_strsplit(GIBBERISH, " ", -1);
        for (char **name = names; *name; name++)
                if (**name && !judge(*name))
                        fail_msg("%s: %d", *name, gibberish_score(*name, strlen(*name)));
        g_strfreev(names);
}

/* What cannot be told is not said. */
static void test_none(void **state)
{
        static const char *const names[] = {
                "", "x", "sdfkj", "kxqzvbw+tag", "srs0=hhh=tt=zxcvbnmlkj", "ml-bounce+mfrggzdfmztwq2lknnwg23tpobyxe43u",
                "\xe5\xb1\xb1\xe7\x94\xb0sdfkjhsdfkjh", "1234567890", "0100018f3c7a9b2d-5e1f77aa", "bounces-a8k3m9x1q-zxcvbnmlk", "....", "\"        \"", "2024-11-27", NULL
        };
        for (size_t i = 0; names[i]; i++)
                assert_int_equal(gibberish_score(names[i], strlen(names[i])), 0);
        assert_true(judge("KDKFJIUSDH"));
        assert_true(judge("info.kdkfjiusdh"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_human),
                cmocka_unit_test(test_gibberish),
                cmocka_unit_test(test_none),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
