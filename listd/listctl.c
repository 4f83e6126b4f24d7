/* listd.c - the server's main: options and wiring */
int main(void)
{
        return 0;
}
